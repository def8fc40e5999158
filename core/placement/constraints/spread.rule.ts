import type { Constraint } from '../../model/deployment.js';
import type { Assignment, HardRule } from '../problem.js';
import { HostCounts } from './host-counts.js';
import { membersOf } from './members.js';
import { constraintName, listed } from './words.js';

/** At most `most` (1) of the VMs on one host. A host that has more at the beginning gets none besides. */
export function spreadRule(assignment: Assignment, constraint: Constraint): HardRule | undefined {
  const { cluster } = assignment.problem;
  const most = constraint.most ?? 1;
  const concerns = new Set(membersOf(cluster, constraint));
  if (concerns.size <= most) return undefined;
  const counts = new HostCounts(concerns, assignment.hostOf);
  const others = (vm: number, to: number) => counts.on(to) - (assignment.hostOf[vm] === to ? 1 : 0);
  return {
    text: constraintName(constraint),
    rule: 'constraint',
    concerns,
    allows: (vm, to) => !concerns.has(vm) || others(vm, to) < most,
    why: (vm, to) => {
      const there = assignment.vmsOn(to).filter((other) => other !== vm && concerns.has(other));
      const names = there.map((other) => cluster.vms[other]?.name ?? '');
      const here =
        names.length > 3 ? `${names.length} of them are` : `${listed(names)} ${names.length === 1 ? 'is' : 'are'}`;
      return `the constraint ${constraintName(constraint)} forbids ${cluster.hosts[to]?.name}: ${here} there`;
    },
    moved: (vm, from, to) => {
      if (concerns.has(vm)) counts.moved(from, to);
    },
  };
}
