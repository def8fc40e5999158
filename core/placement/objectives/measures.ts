import type { Assignment } from '../problem.js';

/**
 * What `balance` can spread over hosts, one number per host:
 * `cpu` CPU used of the capacity, `cpuLoad` CPUs used, `memory` share of memory that is free, `vcpus` virtual CPUs
 * promised for each real one, `memoryLoad`, `diskLoad` and `networkLoad` sums of the VMs' loads, `count` VMs.
 */
export const BALANCE_MEASURES = [
  'cpu',
  'cpuLoad',
  'memory',
  'vcpus',
  'memoryLoad',
  'diskLoad',
  'networkLoad',
  'count',
] as const;
export type BalanceMeasure = (typeof BALANCE_MEASURES)[number];

/**
 * Ganeti's cluster score (`hbal`, src/Ganeti/HTools/Cluster/Metrics.hs) for clusters with shared storage: its weights of
 * standard deviations. Memory and virtual CPUs count one half each as they are and as they will be with VMs to come.
 */
export const GANETI_MEASURES: Readonly<Partial<Record<BalanceMeasure, number>>> = {
  memory: 1,
  vcpus: 1,
  cpuLoad: 1,
  memoryLoad: 1,
  diskLoad: 1,
  networkLoad: 1,
};

/** A measure as sums: a host's value is `base + Σ amount of its VMs × scale`. */
export interface LinearMeasure {
  readonly base: Float64Array;
  readonly scale: Float64Array;
  readonly amount: Float64Array;
}

/** The measure of a cluster; what is not known of a VM counts nothing. */
export function linearMeasure(measure: BalanceMeasure, { problem }: Assignment): LinearMeasure {
  const { cluster, cpu, memory, vcpus, cpuBase, cpuCapacity } = problem;
  const hosts = cluster.hosts;
  const load = (key: 'memoryLoad' | 'diskLoad' | 'networkLoad') => (): LinearMeasure => ({
    base: new Float64Array(problem.hosts),
    scale: new Float64Array(problem.hosts).fill(1),
    amount: Float64Array.from(cluster.vms, (vm) => (vm.running ? (vm[key] ?? 0) : 0)),
  });
  const known = cpu.map((value) => (Number.isNaN(value) ? 0 : value));
  const table: Readonly<Record<BalanceMeasure, () => LinearMeasure>> = {
    cpu: () => ({
      base: cpuBase.map((base, host) => base / cpuCapacity[host]!),
      scale: cpuCapacity.map((capacity) => 1 / capacity),
      amount: known,
    }),
    cpuLoad: () => ({ base: cpuBase, scale: new Float64Array(problem.hosts).fill(1), amount: known }),
    memory: () => ({
      base: Float64Array.from(hosts, ({ memoryMiB, memoryReservedMiB }) => 1 - (memoryReservedMiB ?? 0) / memoryMiB),
      scale: Float64Array.from(hosts, ({ memoryMiB }) => -1 / memoryMiB),
      amount: memory,
    }),
    vcpus: () => ({
      base: new Float64Array(problem.hosts),
      scale: Float64Array.from(hosts, ({ cpus, cpuCapacity: capacity }) => 1 / (cpus ?? capacity)),
      amount: vcpus,
    }),
    memoryLoad: load('memoryLoad'),
    diskLoad: load('diskLoad'),
    networkLoad: load('networkLoad'),
    count: () => ({
      base: new Float64Array(problem.hosts),
      scale: new Float64Array(problem.hosts).fill(1),
      amount: new Float64Array(problem.vms).fill(1),
    }),
  };
  return table[measure]();
}
