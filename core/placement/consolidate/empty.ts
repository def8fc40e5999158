import type { PlanState } from './plan-state.js';
import { roomiest } from './target.js';
import type { ConsolidationSettings } from './view.js';

/**
 * Hosts are left without VMs as long as those that stay have enough for all. Which ones stay is decided first (the cheapest
 * by `costs`, of equals those with most to move), so that no VM moves twice; a host is emptied wholly or not at all.
 */
export function empty(state: PlanState, costs: Float64Array, settings: ConsolidationSettings): void {
  const surplus = surplusHosts(state, costs, settings);
  if (surplus.length === 0) return;
  const leaving = new Set(surplus);
  const staying: number[] = [];
  for (let host = 0; host < state.hosts; host += 1) {
    if (state.vmsOn(host).length > 0 && !leaving.has(host)) staying.push(host);
  }
  // the fullest first: what is hardest to place finds most room
  for (const host of surplus.reverse()) if (!emptyOne(state, host, staying, settings)) staying.push(host);
}

/** Hosts that the others can do without, those that are least worth keeping first. */
function surplusHosts(state: PlanState, costs: Float64Array, settings: ConsolidationSettings): number[] {
  const { view } = state;
  const inUse: number[] = [];
  let [need, capacity, memory, memoryLimit] = [0, 0, 0, 0];
  for (let host = 0; host < state.hosts; host += 1) {
    if (state.vmsOn(host).length === 0) continue;
    inUse.push(host);
    need += state.need(host);
    capacity += view.capacity[host]!;
    memory += state.memory[host]!;
    memoryLimit += view.memoryLimit[host]!;
  }
  inUse.sort((a, b) => costs[b]! - costs[a]! || share(state, a) - share(state, b));
  const surplus: number[] = [];
  for (const host of inUse) {
    if (view.mayEmpty[host] === 0 || state.arrivals[host]! > 0) continue;
    const left = capacity - view.capacity[host]!;
    const memoryLeft = memoryLimit - view.memoryLimit[host]!;
    if (need > settings.emptyBelow * left || memory > memoryLeft) break;
    if (!worthIt(state, host, settings)) continue;
    capacity = left;
    if (memoryLimit !== Infinity) memoryLimit = memoryLeft;
    surplus.push(host);
  }
  return surplus;
}

/** How full a host is, by what it has most of. */
function share(state: PlanState, host: number): number {
  const { capacity, memoryLimit } = state.view;
  return Math.max(state.need(host) / capacity[host]!, state.memory[host]! / memoryLimit[host]!);
}

function worthIt(state: PlanState, host: number, settings: ConsolidationSettings): boolean {
  let memory = 0;
  for (const vm of state.vmsOn(host)) {
    if (state.view.movable[vm] === 0) return false;
    memory += state.view.memory[vm]!;
  }
  const idleWatts = state.view.power[host]![0] ?? 1;
  return memory * settings.moveWattHours <= idleWatts * settings.stayHours;
}

function emptyOne(
  state: PlanState,
  host: number,
  staying: readonly number[],
  settings: ConsolidationSettings,
): boolean {
  const before = state.moves.length;
  const size = (vm: number) => Math.max(state.view.demand[vm]!, state.view.expected[vm]!);
  for (const vm of [...state.vmsOn(host)].sort((a, b) => size(b) - size(a))) {
    const to = roomiest(state, vm, staying, settings);
    if (to === undefined) {
      state.undo(before);
      return false;
    }
    state.move(vm, to, 'emptying');
  }
  return true;
}
