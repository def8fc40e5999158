import type { PeerRole, PeerVm, TradeWay } from '../../model/peer.js';
import { roleAfter, type Situation } from '../choice.js';

/** Ways that are told of one survey, and of one VM in it: enough to find an exchange, however many VMs there are. */
const MOST_WAYS = 64;
const MOST_FOR_ONE = 6;

/**
 * How a peer would take part in an exchange: each of the VMs on offer that it would take, alone or for one of its own. It
 * agrees where it is content afterwards, or no worse off than before; the smallest VMs are given first.
 */
export function waysToTrade(
  offered: readonly PeerVm[],
  own: readonly PeerVm[],
  situation: Situation,
): readonly TradeWay[] {
  const bySize = [...own].sort((a, b) => a.memoryMiB - b.memoryMiB || (a.name < b.name ? -1 : 1));
  const ways = offered.map((takes) => {
    const gift = agrees(situation, takes) ? [{ takes: takes.name }] : [];
    const swaps = bySize
      .filter((gives) => gives.name !== takes.name && agrees(situation, takes, gives))
      .map((gives) => ({ takes: takes.name, gives }));
    return [...gift, ...swaps].slice(0, MOST_FOR_ONE);
  });
  // of each VM one way, then of each another: none is cut off whole
  const turns = Math.max(0, ...ways.map((each) => each.length));
  return Array.from({ length: turns }, (_, turn) => ways.flatMap((each) => each[turn] ?? []))
    .flat()
    .slice(0, MOST_WAYS);
}

/** Whether a peer agrees to take one VM (and to give one), by its policy and its memory. */
export function agrees(situation: Situation, takes?: PeerVm, gives?: PeerVm): boolean {
  const { readings, roleIf } = situation;
  const room = readings.actualFreeMemory + (gives?.memoryMiB ?? 0);
  if (takes && takes.memoryMiB > room) return false;
  const before = roleIf(readings);
  const after = roleAfter(situation, { plus: takes ? [takes] : [], minus: gives ? [gives] : [] });
  return isNoWorse(before, after);
}

function isNoWorse(before: PeerRole, after: PeerRole): boolean {
  return (
    after === 'idle' ||
    (before === after && before !== 'overloaded') ||
    (before === 'overloaded' && after === 'underloaded')
  );
}
