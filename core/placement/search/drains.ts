import type { HostOrder } from './host-order.js';
import { partnersOf } from './exchanges.js';
import { bestPair, swap } from './pairs.js';
import { bestOf } from './single-moves.js';
import { EPSILON, type SearchState } from './state.js';
import type { Targets } from './targets.js';

/** Hosts that are drained at most, of each kind. */
const HOSTS = 256;
/** VMs that a host is relieved of in one go. */
const VMS = 24;

/**
 * Several VMs leave one host, where each by itself gains less than it costs: a host that is far above its limit, and one
 * that is worth something only when it is empty. What does not gain as a whole is taken back.
 */
export function drain(state: SearchState, order: HostOrder, targets: Targets): boolean {
  order.refresh();
  let any = false;
  for (const host of order.hosts.slice(0, HOSTS)) {
    if (state.effort.spent()) return any;
    any = relieve(state, order, targets, host) || any;
  }
  for (const term of state.terms) {
    for (const host of term.emptiable?.().slice(0, HOSTS) ?? []) {
      if (state.effort.spent()) return any;
      any = empty(state, order, targets, host) || any;
    }
  }
  return any;
}

/** The best next VM leaves, or changes places with another where no one has room, until all of it together gains. */
function relieve(state: SearchState, order: HostOrder, targets: Targets, host: number): boolean {
  const mark = state.mark();
  let sum = 0;
  for (let count = 0; count < VMS && !state.effort.spent(); count += 1) {
    const next = leave(state, order, targets, host) ?? changePlaces(state, order, host);
    if (next === undefined) break;
    sum += next;
    if (sum < -EPSILON && state.isSound(state.touched(mark))) return true;
  }
  takeBack(state, order, mark);
  return false;
}

/** What it added to the value. Once the next one would do no good were it for nothing, there is none. */
function leave(state: SearchState, order: HostOrder, targets: Targets, host: number): number | undefined {
  const best = bestOf(state, targets, [host], Infinity);
  if (!best || best.delta - state.worth(best.vm, best.to).cost > -EPSILON) return undefined;
  state.apply(best.vm, best.to);
  order.moved(host, best.to);
  return best.delta;
}

/** Only of a host that holds more than it may: elsewhere exchanges are tried one by one. */
function changePlaces(state: SearchState, order: HostOrder, host: number): number | undefined {
  if (state.fits(host)) return undefined;
  const best = bestPair(state, host, partnersOf(order), Infinity, true);
  if (!best || best.delta - state.moves.exchangeDelta(best.a, best.b) > -EPSILON) return undefined;
  const other = state.assignment.hostOf[best.b]!;
  swap(state, best.a, best.b);
  order.moved(host, other);
  return best.delta;
}

/** All its VMs leave, those with the most memory first, to where each fits best. */
function empty(state: SearchState, order: HostOrder, targets: Targets, host: number): boolean {
  const { memory, movable } = state.problem;
  const vms = [...state.assignment.vmsOn(host)].sort((a, b) => memory[b]! - memory[a]! || a - b);
  if (vms.length === 0 || vms.some((vm) => movable[vm] === 0)) return false;
  const mark = state.mark();
  let sum = 0;
  for (const vm of vms) {
    const best = targets.best(vm, Infinity);
    if (!best) {
      takeBack(state, order, mark);
      return false;
    }
    state.apply(vm, best.to);
    order.moved(host, best.to);
    sum += best.delta;
  }
  if (sum < -EPSILON) return true;
  takeBack(state, order, mark);
  return false;
}

function takeBack(state: SearchState, order: HostOrder, mark: number): void {
  const { hostOf } = state.assignment;
  const touched = state.touched(mark);
  const hosts = new Set(touched.map((vm) => hostOf[vm]!));
  state.undo(mark);
  for (const vm of touched) hosts.add(hostOf[vm]!);
  for (const host of hosts) order.moved(host, -1);
}
