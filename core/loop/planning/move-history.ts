import type { Component } from '../../model/component.js';
import type { PastMove } from '../../placement/cluster.js';

/**
 * Attribute of a VM: its migrations of the last day, oldest first, as `AT FROM>TO CPU` with semicolons between them; AT
 * in milliseconds since the epoch, CPU what it used then, where that was known. As an attribute it outlives the manager, so that cool-downs do.
 */
export const MOVES = 'moves';

/** Older ones count for no cool-down and no cycle. */
const FORGET_AFTER_MS = 24 * 3_600_000;
const REMEMBERED = 20;

/** What the attribute tells; what is no move is passed over. */
export function pastMoves({ attributes }: Component): readonly PastMove[] {
  return (attributes.get(MOVES) ?? '').split(';').flatMap((text) => {
    const [, at, from = '', to = '', cpu] = /^\s*(\d+) ([^>\s]*)>([^>\s]*)(?: ([\d.]+))?\s*$/.exec(text) ?? [];
    return at === undefined ? [] : [{ at: Number(at), from, to, ...(cpu === undefined ? {} : { cpu: Number(cpu) }) }];
  });
}

/** Adds a migration that has ended, once. */
export function rememberMove(vm: Component, move: PastMove): void {
  const known = pastMoves(vm);
  if (known.some(({ at, to }) => at === move.at && to === move.to)) return;
  const kept = [...known, move]
    .sort((a, b) => a.at - b.at)
    .filter(({ at }) => at > move.at - FORGET_AFTER_MS)
    .slice(-REMEMBERED);
  vm.setAttribute(MOVES, kept.map(textOf).join('; '));
}

function textOf({ at, from, to, cpu }: PastMove): string {
  const used = cpu === undefined ? '' : ` ${Number(cpu.toPrecision(4))}`;
  return `${Math.round(at)} ${from}>${to}${used}`;
}
