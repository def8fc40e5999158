import type { Constraint } from '../../model/deployment.js';
import type { Cluster } from '../cluster.js';
import type { Assignment, HardRule } from '../problem.js';
import { HostCounts } from './host-counts.js';
import { membersOf } from './members.js';
import { constraintName } from './words.js';

/**
 * All of the VMs on one host. What is apart at the beginning may come together: a move to the host that has most of them
 * is allowed, no other one. What is together moves together: a search moves all of a {@link gatherBlocks block} and then
 * asks `allows` of each where it is; a schedule puts their migrations into one step. They are apart while that step runs,
 * as live migration has it, and together before and after it.
 */
export function gatherRule(assignment: Assignment, constraint: Constraint): HardRule | undefined {
  const { cluster } = assignment.problem;
  const concerns = new Set(membersOf(cluster, constraint));
  if (concerns.size < 2) return undefined;
  const counts = new HostCounts(concerns, assignment.hostOf);
  const apart = () => counts.placed - counts.largest;
  const atBeginning = apart();
  return {
    text: constraintName(constraint),
    rule: 'constraint',
    concerns,
    allows: (vm, to) => {
      if (!concerns.has(vm)) return true;
      const from = assignment.hostOf[vm] ?? -1;
      if (from === to) return apart() <= atBeginning;
      const others = counts.placed - (from >= 0 ? 1 : 0);
      return others === 0 || counts.on(to) === counts.largest;
    },
    why: (_vm, to) =>
      `the constraint ${constraintName(constraint)} forbids ${cluster.hosts[to]?.name}: the others are elsewhere`,
    moved: (vm, from, to) => {
      if (concerns.has(vm)) counts.moved(from, to);
    },
  };
}

/** VMs that hard `gather` constraints keep together, of constraints that overlap as one; those with two VMs and more. */
export function gatherBlocks(cluster: Cluster): readonly (readonly number[])[] {
  const parent = new Map<number, number>();
  const root = (vm: number): number => {
    let top = vm;
    for (let up = parent.get(top) ?? top; up !== top; up = parent.get(top) ?? top) top = up;
    return top;
  };
  for (const constraint of cluster.constraints ?? []) {
    if (constraint.type !== 'gather' || constraint.strength !== 'hard') continue;
    const [first, ...rest] = membersOf(cluster, constraint);
    if (first === undefined) continue;
    parent.set(first, root(first));
    for (const vm of rest) parent.set(root(vm), root(first));
  }
  const blocks = new Map<number, number[]>();
  for (const vm of parent.keys()) {
    const block = blocks.get(root(vm));
    if (block) block.push(vm);
    else blocks.set(root(vm), [vm]);
  }
  return [...blocks.values()].filter(({ length }) => length > 1).map((block) => block.sort((a, b) => a - b));
}
