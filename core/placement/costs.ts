import type { Problem } from './problem.js';

/**
 * What moving each VM costs, in hosts like the objectives: `minimumGain`, half of it whatever the VM, since each migration
 * is a risk and work for both hosts, half in proportion to how dear its migration is beside the mean of the cluster, at
 * most {@link DEAREST} times; and what the request asks for every VM moved. What is on no host yet costs nothing to place.
 */
export function costsOf(
  problem: Problem,
  minimumGain: number,
  perMove: number,
  costOf: (vm: number) => number,
): Float64Array {
  const own = Float64Array.from({ length: problem.vms }, (_, vm) => costOf(vm));
  const mean = own.reduce((sum, cost) => sum + cost, 0) / Math.max(1, own.length);
  return own.map((cost, vm) => {
    if (problem.start[vm]! < 0) return 0;
    const share = mean > 0 && Number.isFinite(cost) ? Math.min(DEAREST, cost / mean) : 1;
    return (minimumGain * (1 + share)) / 2 + perMove;
  });
}

const DEAREST = 7;
