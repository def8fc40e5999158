import { wattsAt } from '../../model/power.js';
import type { ConsolidationView } from './view.js';

/**
 * What each host costs for what it can hold: its watts, were it full, for each unit of what is scarce. That is CPU, or
 * memory where the VMs need a larger part of all memory than of all CPU; then hosts are full of memory with CPU left.
 */
export function hostCosts(view: ConsolidationView): Float64Array {
  let [need, capacity, memory, memoryLimit] = [0, 0, 0, 0];
  for (const [vm, host] of view.hostOf.entries()) {
    if (host < 0) continue;
    need += Math.max(view.demand[vm]!, view.expected[vm]!);
    memory += view.memory[vm]!;
  }
  for (let host = 0; host < view.capacity.length; host += 1) {
    capacity += view.capacity[host]!;
    memoryLimit += view.memoryLimit[host]!;
  }
  const byMemory = memory / memoryLimit > need / capacity;
  return view.capacity.map((cpu, host) => {
    const curve = view.power[host]!;
    if (!byMemory) return watts(curve, 1) / cpu;
    const limit = view.memoryLimit[host]!;
    return watts(curve, ((need / memory) * limit) / cpu) / limit;
  });
}

function watts(curve: readonly number[], use: number): number {
  return curve.length === 0 ? 1 : wattsAt({ watts: curve }, use);
}
