import type { PeerReadings, PeerRole, PeerVm } from '../model/peer.js';
import type { Random } from '../model/random.js';
import { whatIf, type Change } from './what-if.js';

/** `random`: the seed's, any VM; `simulated`: what would become of the peer after each move decides. */
export type ChoiceKind = 'random' | 'simulated';

/** A peer as choices see it: what it is now, all that is promised counted in, and what it would be. */
export interface Situation {
  readonly readings: PeerReadings;
  readonly roleIf: (readings: PeerReadings) => PeerRole;
}

/** A VM that might go, with how many have to go in all if it does: what leaves the peer with too little counts as one more. */
export interface RankedVm {
  readonly vm: PeerVm;
  readonly moves: number;
}

/**
 * What to give away, best first. By chance: one, any. Simulated: that which makes the peer idle at once; then what
 * leaves the fewest further moves; then the smallest, as it migrates the fastest.
 */
export function rankToGive(
  kind: ChoiceKind,
  vms: readonly PeerVm[],
  situation: Situation,
  random: Random,
): readonly RankedVm[] {
  if (kind === 'random') {
    const vm = vms[Math.floor(random.next() * vms.length)];
    return vm ? [{ vm, moves: 1 }] : [];
  }
  const orders = ORDERS.map((order) => [...vms].sort(order));
  const fewest = Math.min(...orders.map((order) => fewestOf(order, situation)));
  return vms
    .map((vm) => ({ vm, moves: movesWith(vm, orders, fewest, situation) }))
    .sort((a, b) => a.moves - b.moves || a.vm.memoryMiB - b.vm.memoryMiB || (a.vm.name < b.vm.name ? -1 : 1));
}

/**
 * Those of the best ranks: of as many different numbers of moves as `ranks` says. A peer asks with the first rank only,
 * and with one more each time that nobody helped; else whoever answers first would make it move more than it needs.
 */
export function firstRanks(ranked: readonly RankedVm[], ranks: number): readonly PeerVm[] {
  const numbers = [...new Set(ranked.map(({ moves }) => moves))].slice(0, Math.max(1, ranks));
  return ranked.filter(({ moves }) => numbers.includes(moves)).map(({ vm }) => vm);
}

type Order = (a: PeerVm, b: PeerVm) => number;
/** What relieves most goes first, by load and by memory; policies may be about either. */
const ORDERS: readonly Order[] = [(a, b) => b.load - a.load, (a, b) => b.memoryMiB - a.memoryMiB];

/** How many have to go, in this order, until the peer is overloaded no more: more moves never make it so again. */
function fewestOf(order: readonly PeerVm[], situation: Situation): number {
  let least = 1;
  let most = order.length;
  while (least < most) {
    const middle = (least + most) >> 1;
    if (roleAfter(situation, { minus: order.slice(0, middle) }) === 'overloaded') least = middle + 1;
    else most = middle;
  }
  return least;
}

/** As many as at the fewest, if the VM can be one of those; else it comes on top of them. */
function movesWith(vm: PeerVm, orders: readonly (readonly PeerVm[])[], fewest: number, situation: Situation): number {
  const first = roleAfter(situation, { minus: [vm] });
  if (first !== 'overloaded') return first === 'idle' ? 1 : 2;
  const isOneOf = orders.some((order) => {
    const others = order.filter((other) => other !== vm).slice(0, fewest - 1);
    return roleAfter(situation, { minus: [vm, ...others] }) !== 'overloaded';
  });
  return isOneOf ? fewest : fewest + 1;
}

/** Why a peer does not take a VM; `undefined` where it does. */
export type Objection = 'is overloaded' | 'has enough' | 'no memory' | 'would be overloaded' | 'would never be content';

/**
 * Whether a peer takes a VM in, and why not. It takes while its policy calls it underloaded, never more than fits into
 * its memory, and nothing that leaves it overloaded, nor such that it could not be content with whatever came next: a
 * peer that wants memory and no load does not take a small VM full of work.
 */
export function objectionTo(vm: PeerVm, situation: Situation): Objection | undefined {
  const role = situation.roleIf(situation.readings);
  if (role === 'overloaded') return 'is overloaded';
  if (role === 'idle') return 'has enough';
  if (situation.readings.actualFreeMemory < vm.memoryMiB) return 'no memory';
  const after = roleAfter(situation, { plus: [vm] });
  if (after === 'overloaded') return 'would be overloaded';
  if (after === 'underloaded' && !canBeContent(vm, situation)) return 'would never be content';
  return undefined;
}

/** The first of what is offered that the peer takes. */
export function pickToTake(offered: readonly PeerVm[], situation: Situation): PeerVm | undefined {
  if (situation.roleIf(situation.readings) !== 'underloaded') return undefined;
  return offered.find((vm) => objectionTo(vm, situation) === undefined);
}

/** How many VMs of a kind are thought of at most. */
const MOST_AHEAD = 256;
/** Parts of the machine that a VM of a kind has. */
const PARTS = [1 / 64, 1 / 8];

/** Whether the peer could become idle after taking the VM, by more of its kind, or by VMs that have memory or load alone. */
function canBeContent(vm: PeerVm, { readings, roleIf }: Situation): boolean {
  const memory = readings.actualFreeMemory + readings.actualUsedMemory;
  const kinds = [
    vm,
    { load: 0, memoryMiB: 0 },
    ...PARTS.flatMap((part) => [
      { load: 0, memoryMiB: memory * part },
      { load: readings.cpus * part, memoryMiB: 0 },
      { load: readings.cpus * part, memoryMiB: memory * part },
    ]),
  ];
  const after = whatIf(readings, { plus: [vm] });
  return kinds.some(({ load, memoryMiB }) => {
    const roleWith = (count: number) => {
      const all = whatIf(after, { plus: [{ ...vm, load: load * count, memoryMiB: memoryMiB * count }] });
      return roleIf({ ...all, localVmCount: after.localVmCount + count });
    };
    let most = 1;
    while (roleWith(most) === 'underloaded') {
      if (most >= MOST_AHEAD) return false;
      most *= 2;
    }
    // the first number of them with which it is not underloaded any more
    let least = most >> 1;
    while (most - least > 1) {
      const middle = (least + most) >> 1;
      if (roleWith(middle) === 'underloaded') least = middle;
      else most = middle;
    }
    return roleWith(most) === 'idle';
  });
}

export function roleAfter({ readings, roleIf }: Situation, change: Change): PeerRole {
  return roleIf(whatIf(readings, change));
}
