import { hostsNamed, membersOf } from '../constraints/index.js';
import type { Assignment } from '../problem.js';

/** Members of a soft `gather` that are looked at for where the others are. */
const MEMBERS = 16;

/**
 * Hosts that soft constraints draw a VM to: those that a `pin` names, and those of the others of its `gather`. Among many
 * hosts the search would seldom try them otherwise.
 */
export function softDraws({ problem, hostOf }: Assignment): (vm: number) => readonly number[] {
  const pinned = new Map<number, number[]>();
  const gathered = new Map<number, number[]>();
  for (const constraint of problem.cluster.constraints ?? []) {
    if (constraint.strength !== 'soft') continue;
    const members = membersOf(problem.cluster, constraint);
    if (constraint.type === 'pin') {
      const hosts = hostsNamed(constraint).flatMap((name) => problem.hostIndex.get(name) ?? []);
      for (const vm of members) pinned.set(vm, [...(pinned.get(vm) ?? []), ...hosts]);
    }
    if (constraint.type !== 'gather') continue;
    const some = members.slice(0, MEMBERS);
    for (const vm of members) gathered.set(vm, [...(gathered.get(vm) ?? []), ...some]);
  }
  return (vm) => {
    const others = (gathered.get(vm) ?? []).map((other) => hostOf[other]!).filter((host) => host >= 0);
    return [...(pinned.get(vm) ?? []), ...new Set(others)];
  };
}
