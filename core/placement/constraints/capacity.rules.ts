import { percent } from '../cluster.js';
import type { Assignment, HardRule } from '../problem.js';
import { cpus, mib } from './words.js';

/** Sums of many numbers are not exact. */
export const ROUNDING = 1e-6;

/** What of a sum on a host is not of the VM itself, if it is there already. */
function others(assignment: Assignment, sums: Float64Array, own: Float64Array, vm: number, to: number): number {
  return (sums[to] ?? 0) - (assignment.hostOf[vm] === to ? (own[vm] ?? 0) : 0);
}

/** Memory that may be promised to VMs, after overcommitment and what the host keeps for itself. */
export function memoryRule(assignment: Assignment): HardRule {
  const { memory, memoryLimit, cluster } = assignment.problem;
  const used = (vm: number, to: number) => others(assignment, assignment.memoryOn, memory, vm, to);
  return {
    text: 'memory of hosts',
    rule: 'memory',
    allows: (vm, to) => used(vm, to) + (memory[vm] ?? 0) <= (memoryLimit[to] ?? 0) + ROUNDING,
    why: (vm, to) => {
      const free = Math.max(0, (memoryLimit[to] ?? 0) - used(vm, to));
      return `${cluster.vms[vm]?.name} needs ${mib(memory[vm] ?? 0)} and ${cluster.hosts[to]?.name} has ${mib(free)} free`;
    },
    moved: () => undefined,
  };
}

/** Virtual CPUs promised for each real one, where a host says how many. */
export function vcpuRule(assignment: Assignment): HardRule | undefined {
  const { vcpus, vcpuLimit, cluster } = assignment.problem;
  if (vcpuLimit.every((limit) => limit === Infinity)) return undefined;
  const used = (vm: number, to: number) => others(assignment, assignment.vcpusOn, vcpus, vm, to);
  return {
    text: 'virtual CPUs of hosts',
    rule: 'cpus',
    allows: (vm, to) => used(vm, to) + (vcpus[vm] ?? 0) <= (vcpuLimit[to] ?? Infinity) + ROUNDING,
    why: (vm, to) => {
      const limit = Math.floor((vcpuLimit[to] ?? 0) + ROUNDING);
      const own = vcpus[vm] ?? 0;
      return `${cluster.vms[vm]?.name} has ${own} virtual ${own === 1 ? 'CPU' : 'CPUs'}, and ${cluster.hosts[to]?.name} has promised ${used(vm, to)} of the ${limit} that it may promise`;
    },
    moved: () => undefined,
  };
}

/**
 * CPU: no move brings a host to its limit or above. A host without a fresh reading takes nothing, unless any load may be.
 */
export function cpuRules(assignment: Assignment): readonly HardRule[] {
  const { cpu, cpuLimit, cpuCapacity, cluster } = assignment.problem;
  if (cpuLimit.every((limit) => limit === Infinity)) return [];
  const unread = Uint8Array.from(cluster.hosts, ({ cpuUsed, powered }) =>
    cpuUsed === undefined && powered !== 'off' ? 1 : 0,
  );
  const reached = (vm: number, to: number) => others(assignment, assignment.cpuOn, cpu, vm, to) + (cpu[vm] ?? 0);
  const load: HardRule = {
    text: 'CPU of hosts',
    rule: 'would-overload',
    allows: (vm, to) => {
      const limit = cpuLimit[to] ?? 0;
      return limit === Infinity || reached(vm, to) < limit;
    },
    why: (vm, to) => {
      const capacity = cpuCapacity[to] ?? 0;
      const part = capacity > 0 ? percent(reached(vm, to) / capacity) : cpus(reached(vm, to));
      const limit = capacity > 0 ? percent((cpuLimit[to] ?? 0) / capacity) : cpus(cpuLimit[to] ?? 0);
      return `${cluster.hosts[to]?.name} would reach ${part}, the limit is ${limit}`;
    },
    moved: () => undefined,
  };
  if (!unread.includes(1)) return [load];
  const fresh: HardRule = {
    text: 'fresh readings of hosts',
    rule: 'no-fresh-reading',
    allows: (_vm, to) => unread[to] === 0 || cpuLimit[to] === Infinity,
    why: (_vm, to) => `no fresh CPU reading of ${cluster.hosts[to]?.name}`,
    moved: () => undefined,
  };
  return [fresh, load];
}
