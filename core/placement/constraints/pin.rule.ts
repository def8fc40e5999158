import type { Constraint } from '../../model/deployment.js';
import type { Assignment, HardRule } from '../problem.js';
import { hostsNamed, membersOf } from './members.js';
import { constraintName } from './words.js';

/** Only on the hosts that are named (`pin`), or on none of them (`ban`). What is elsewhere at the beginning may stay there. */
export function pinRule({ problem }: Assignment, constraint: Constraint): HardRule {
  const { cluster, hostIndex } = problem;
  const concerns = new Set(membersOf(cluster, constraint));
  const pinned = constraint.type === 'pin';
  const allowed = new Uint8Array(problem.hosts).fill(pinned ? 0 : 1);
  for (const name of hostsNamed(constraint)) {
    const host = hostIndex.get(name);
    if (host !== undefined) allowed[host] = pinned ? 1 : 0;
  }
  return {
    text: constraintName(constraint),
    rule: 'constraint',
    concerns,
    allows: (vm, to) => allowed[to] === 1 || !concerns.has(vm) || problem.start[vm] === to,
    why: (_vm, to) => `the constraint ${constraintName(constraint)} forbids ${cluster.hosts[to]?.name}`,
    moved: () => undefined,
  };
}
