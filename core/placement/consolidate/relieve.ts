import type { PlanState } from './plan-state.js';
import { fits, roomiest } from './target.js';
import type { ConsolidationSettings } from './view.js';

/**
 * Hosts whose VMs ask for more than there is give as little as helps, to the hosts with most room, and where there is none
 * to one that is woken, the cheapest by `costs`.
 *
 * @returns the hosts that stay overloaded.
 */
export function relieve(state: PlanState, costs: Float64Array, settings: ConsolidationSettings): readonly number[] {
  const { view } = state;
  const overloaded: number[] = [];
  const others: number[] = [];
  for (let host = 0; host < state.hosts; host += 1) {
    if (state.demand[host]! > settings.relieveAbove * view.capacity[host]!) overloaded.push(host);
    else if (state.on[host] === 1) others.push(host);
  }
  const leaving = [...overloaded.flatMap((host) => toGive(state, host, settings)), ...throttled(state, others)];
  leaving.sort((a, b) => view.demand[b]! - view.demand[a]!);
  for (const vm of leaving) {
    let to = roomiest(state, vm, others, settings);
    if (to === undefined) {
      to = cheapestOff(state, vm, costs, settings);
      if (to === undefined) continue;
      others.push(to);
    }
    state.move(vm, to, 'overload');
  }
  return overloaded.filter((host) => state.demand[host]! > settings.relieveAbove * view.capacity[host]!);
}

/** VMs that ask for more than one VM can get where they are, on hosts that are not overloaded. */
function throttled(state: PlanState, hosts: readonly number[]): readonly number[] {
  const { vmLimit, demand, movable } = state.view;
  return hosts.flatMap((host) => state.vmsOn(host).filter((vm) => demand[vm]! > vmLimit[host]! && movable[vm] === 1));
}

/** VMs whose leaving brings a host below its limit: those that cost least for what they help. */
function toGive(state: PlanState, host: number, settings: ConsolidationSettings): readonly number[] {
  const { view } = state;
  const capacity = view.capacity[host]!;
  const candidates = state.vmsOn(host).filter((vm) => view.movable[vm] === 1 && view.demand[vm]! > 0);
  const given: number[] = [];
  for (let excess = state.demand[host]! - settings.relieveTo * capacity; excess > 0;) {
    let best = -1;
    let least = Infinity;
    for (const [index, vm] of candidates.entries()) {
      const demand = view.demand[vm]!;
      // while a VM is transferred it gets less of its CPU, for the longer, the more memory it has
      const cost = (view.memory[vm]! * (demand + settings.moveOverhead * capacity)) / Math.min(excess, demand);
      if (cost >= least) continue;
      least = cost;
      best = index;
    }
    if (best < 0) break;
    const [vm] = candidates.splice(best, 1);
    given.push(vm!);
    excess -= view.demand[vm!]!;
  }
  return given;
}

function cheapestOff(
  state: PlanState,
  vm: number,
  costs: Float64Array,
  settings: ConsolidationSettings,
): number | undefined {
  let best: number | undefined;
  for (let host = 0; host < state.hosts; host += 1) {
    if (state.on[host] === 1 || (best !== undefined && costs[host]! >= costs[best]!)) continue;
    if (fits(state, vm, host, settings)) best = host;
  }
  return best;
}
