import type { Assignment, HardRule } from '../problem.js';
import { lasting, resolved } from './past-moves.js';
import type { StabilityLimits } from './types.js';

/**
 * A VM does not go back to a host that it left within the window, unless what it uses has changed since by more than the
 * tolerance: with the same demand, the reason to leave would be there again. One that must leave an urgent host may.
 */
export function cycleRule({ problem }: Assignment, limits: StabilityLimits): HardRule | undefined {
  const { cluster, hostIndex, start } = problem;
  const { windowMs, tolerance } = resolved(limits);
  const urgent = new Set(limits.urgent);
  const left = new Map<number, Map<number, number>>();
  cluster.vms.forEach((vm, index) => {
    if (urgent.has(vm.host)) return;
    for (const { at, from, to, cpu } of vm.moves ?? []) {
      const host = hostIndex.get(from);
      const changed = cpu !== undefined && Math.abs((vm.cpuUsed ?? cpu) - cpu) > tolerance * cpu;
      if (host === undefined || from === to || cluster.at - at >= windowMs || changed) continue;
      const own = left.get(index) ?? new Map<number, number>();
      own.set(host, Math.max(at, own.get(host) ?? -Infinity));
      left.set(index, own);
    }
  });
  if (left.size === 0) return undefined;
  return {
    text: 'no cycles',
    rule: 'cycle',
    concerns: new Set(left.keys()),
    allows: (vm, to) => start[vm] === to || left.get(vm)?.has(to) !== true,
    why: (vm, to) => {
      const since = lasting(Math.max(0, cluster.at - (left.get(vm)?.get(to) ?? cluster.at)));
      return `${cluster.vms[vm]?.name} left ${cluster.hosts[to]?.name} ${since} ago and uses as much as then: it would go to and fro`;
    },
    moved: () => undefined,
  };
}
