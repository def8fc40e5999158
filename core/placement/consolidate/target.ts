import type { PlanState } from './plan-state.js';
import type { ConsolidationSettings } from './view.js';

/**
 * How much more room, as a part of its capacity, another host must have to be preferred to one that receives VMs already:
 * each host that receives any is disturbed for as long as a transfer takes.
 */
const ONE_MORE_RECEIVER = 0.1;

/** Whether a host can take a VM without being overloaded, now or by what is expected. */
export function fits(state: PlanState, vm: number, host: number, settings: ConsolidationSettings): boolean {
  const { view } = state;
  if (view.accepting[host] === 0) return false;
  const capacity = view.capacity[host]!;
  const peak = view.expected[vm]! + settings.deviations * view.deviation[vm]!;
  if (Math.max(view.demand[vm]!, peak) > view.vmLimit[host]!) return false;
  if (state.demand[host]! + view.demand[vm]! > settings.fillTo * capacity) return false;
  if (state.memory[host]! + view.memory[vm]! > view.memoryLimit[host]!) return false;
  // demands are taken as independent, so that variances add up: many VMs need less reserve for each
  const deviation = Math.sqrt(Math.max(0, state.variance[host]! + view.deviation[vm]! ** 2));
  if (state.expected[host]! + view.expected[vm]! + settings.deviations * deviation > capacity) return false;
  return view.rules?.allows(vm, host) ?? true;
}

/** Of these hosts the one with most room for a VM that can take it; undefined where none can. */
export function roomiest(
  state: PlanState,
  vm: number,
  candidates: readonly number[],
  settings: ConsolidationSettings,
): number | undefined {
  let best: number | undefined;
  let most = -Infinity;
  for (const host of candidates) {
    const taken = (state.demand[host]! + state.expected[host]!) / 2 / state.view.capacity[host]!;
    const room = 1 - taken + (state.arrivals[host]! > 0 ? ONE_MORE_RECEIVER : 0);
    if (room <= most || !fits(state, vm, host, settings)) continue;
    most = room;
    best = host;
  }
  return best;
}
