import { constraintName, gatherBlocks, membersOf } from '../constraints/index.js';
import type { Problem } from '../problem.js';
import type { DroppedMove, WantedMove } from './types.js';

/** Moves that begin together: one, or those of VMs that a gather keeps together. */
export type Unit = readonly WantedMove[];

/** The units of some moves, in the order of their first; and the moves that would leave apart what is to be together. */
export function unitsOf(
  problem: Problem,
  moves: readonly WantedMove[],
): { readonly units: readonly Unit[]; readonly dropped: readonly DroppedMove[] } {
  const blockOf = new Map<number, number>();
  gatherBlocks(problem.cluster).forEach((block, index) => {
    for (const vm of block) blockOf.set(vm, index);
  });
  const units = new Map<number | string, WantedMove[]>();
  for (const move of moves) {
    const key = blockOf.get(move.vm) ?? `vm ${move.vm}`;
    const unit = units.get(key);
    if (unit) unit.push(move);
    else units.set(key, [move]);
  }
  const kept: Unit[] = [];
  const dropped: DroppedMove[] = [];
  for (const [key, unit] of units) {
    const why = typeof key === 'number' ? apart(problem, unit) : undefined;
    if (why === undefined) kept.push(unit);
    else dropped.push(...unit.map((move) => ({ ...move, why })));
  }
  return { units: kept, dropped };
}

/** Why the moves of a block leave more apart than was at the beginning, or `undefined`. */
function apart({ cluster, start }: Problem, unit: Unit): string | undefined {
  const target = new Map(unit.map(({ vm, to }) => [vm, to]));
  const misfits = (members: readonly number[], hostOf: (vm: number) => number) => {
    const counts = new Map<number, number>();
    let placed = 0;
    for (const host of members.map(hostOf)) {
      if (host < 0) continue;
      placed += 1;
      counts.set(host, (counts.get(host) ?? 0) + 1);
    }
    return placed - Math.max(0, ...counts.values());
  };
  for (const constraint of cluster.constraints ?? []) {
    if (constraint.type !== 'gather' || constraint.strength !== 'hard') continue;
    const members = membersOf(cluster, constraint);
    if (!members.some((vm) => target.has(vm))) continue;
    const before = misfits(members, (vm) => start[vm] ?? -1);
    const after = misfits(members, (vm) => target.get(vm) ?? start[vm] ?? -1);
    // one that is placed where the others are not counts too, though fewer were placed before
    if (after > before)
      return `the constraint ${constraintName(constraint)} would be broken: not all of them can go there`;
  }
  return undefined;
}
