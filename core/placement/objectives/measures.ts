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
