import { percent } from '../cluster.js';
import type { Assignment, HardRule } from '../problem.js';
import { ROUNDING } from './capacity.rules.js';
import { limitsOf, reservedOn } from './limits.js';
import { mib } from './words.js';

/** What hard reserves keep free on hosts, all of them together: CPU of the capacity, memory of what may be promised. */
export function reserveRule(assignment: Assignment): HardRule | undefined {
  const { cluster, cpu, memory } = assignment.problem;
  if (cluster.constraints?.some(({ type, strength }) => type === 'reserve' && strength === 'hard') !== true)
    return undefined;
  const kept = cluster.hosts.map((host) => reservedOn(cluster, host));
  const memoryLimit = Float64Array.from(cluster.hosts, (host, at) => {
    const amount = kept[at]?.memoryMiB ?? 0;
    return amount > 0 ? limitsOf(host, 1).memoryMiB - amount : Infinity;
  });
  const cpuLimit = Float64Array.from(cluster.hosts, (host, at) => {
    const amount = kept[at]?.cpu ?? 0;
    return amount > 0 ? host.cpuCapacity - amount : Infinity;
  });
  const there = (vm: number, to: number) => assignment.hostOf[vm] === to;
  const memoryAfter = (vm: number, to: number) =>
    (assignment.memoryOn[to] ?? 0) + (there(vm, to) ? 0 : (memory[vm] ?? 0));
  const cpuAfter = (vm: number, to: number) => (assignment.cpuOn[to] ?? 0) + (there(vm, to) ? 0 : (cpu[vm] ?? 0));
  const memoryFits = (vm: number, to: number) => memoryAfter(vm, to) <= (memoryLimit[to] ?? 0) + ROUNDING;
  return {
    text: 'reserves of hosts',
    rule: 'constraint',
    allows: (vm, to) => {
      const limit = cpuLimit[to] ?? 0;
      return memoryFits(vm, to) && (limit === Infinity || cpuAfter(vm, to) <= limit + ROUNDING);
    },
    why: (vm, to) => {
      const host = cluster.hosts[to];
      const name = `the constraint reserve of ${host?.name}`;
      if (!memoryFits(vm, to)) {
        const left = limitsOf(host ?? NO_HOST, 1).memoryMiB - memoryAfter(vm, to);
        return `${name} keeps ${mib(kept[to]?.memoryMiB ?? 0)} free, and ${cluster.vms[vm]?.name} would leave ${mib(Math.max(0, left))}`;
      }
      const share = cpuAfter(vm, to) / (host?.cpuCapacity ?? 1);
      return `${name} keeps ${percent((kept[to]?.cpu ?? 0) / (host?.cpuCapacity ?? 1))} of its CPU free, and with ${cluster.vms[vm]?.name} it would reach ${percent(share)}`;
    },
    moved: () => undefined,
  };
}

const NO_HOST = { name: '', cpuCapacity: 1, memoryMiB: 0, accepting: false };
