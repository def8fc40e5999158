import { PlanState } from './plan-state.js';
import type { ConsolidationDecision, ConsolidationSettings, ConsolidationView } from './view.js';

export function consolidate(view: ConsolidationView, settings: ConsolidationSettings): ConsolidationDecision {
  const state = new PlanState(view);
  relieve(state, settings);
  empty(state, settings);
  const wake: number[] = [];
  const emptied: number[] = [];
  for (let h = 0; h < view.capacity.length; h += 1) {
    if (view.on[h] === 0 && state.vms[h]!.length > 0) wake.push(h);
    if (view.on[h] === 1 && state.vms[h]!.length === 0) emptied.push(h);
  }
  return { moves: state.moves, wake, emptied };
}

function efficiency(view: ConsolidationView): Float64Array {
  return Float64Array.from(view.capacity, (c, h) => view.power[h]![view.power[h]!.length - 1]! / c);
}

function fits(state: PlanState, vm: number, h: number, s: ConsolidationSettings): boolean {
  const { view } = state;
  if (view.accepting[h] === 0) return false;
  const need = Math.max(view.demand[vm]!, view.expected[vm]!);
  if (view.vmLimit[h]! < need) return false;
  if (state.demand[h]! + view.demand[vm]! > s.fillTo * view.capacity[h]!) return false;
  if (state.memory[h]! + view.memory[vm]! > view.memoryLimit[h]!) return false;
  const e = state.expected[h]! + view.expected[vm]!;
  const d = Math.sqrt(Math.max(0, state.variance[h]! + view.deviation[vm]! ** 2));
  if (e + s.deviations * d > view.capacity[h]!) return false;
  return view.allows?.(vm, h) ?? true;
}

function relieve(state: PlanState, s: ConsolidationSettings): void {
  const { view } = state;
  const hosts = view.capacity.length;
  const leaving: number[] = [];
  const over = new Uint8Array(hosts);
  for (let h = 0; h < hosts; h += 1) {
    const c = view.capacity[h]!;
    if (state.demand[h]! <= s.relieveAbove * c) continue;
    over[h] = 1;
    let left = state.demand[h]! - s.relieveTo * c;
    const pool = state.vms[h]!.filter((vm) => view.movable[vm] === 1 && view.demand[vm]! > 0);
    while (left > 0 && pool.length > 0) {
      let best = -1;
      let bestCost = Infinity;
      for (let i = 0; i < pool.length; i += 1) {
        const vm = pool[i]!;
        const r = view.demand[vm]!;
        // cost per unit useful
        const cost = (view.memory[vm]! * (r + 300)) / Math.min(left, r);
        if (cost < bestCost) {
          bestCost = cost;
          best = i;
        }
      }
      const vm = pool[best]!;
      pool.splice(best, 1);
      leaving.push(vm);
      left -= view.demand[vm]!;
    }
  }
  leaving.sort((a, b) => view.demand[b]! - view.demand[a]!);
  const eff = efficiency(view);
  for (const vm of leaving) {
    let best = -1;
    let score = -Infinity;
    let off = -1;
    for (let h = 0; h < hosts; h += 1) {
      if (over[h] === 1) continue;
      if (state.on[h] === 0) {
        if (off < 0 || eff[h]! < eff[off]!) if (fits(state, vm, h, s)) off = h;
        continue;
      }
      if (!fits(state, vm, h, s)) continue;
      const slack = 1 - state.demand[h]! / view.capacity[h]!;
      const sc = state.receiving[h]! * 10 + slack;
      if (sc > score) {
        score = sc;
        best = h;
      }
    }
    if (best < 0) best = off;
    if (best >= 0) state.move(vm, best, 'overload');
  }
}

function empty(state: PlanState, s: ConsolidationSettings): void {
  const { view } = state;
  const hosts = view.capacity.length;
  const eff = efficiency(view);
  const order: number[] = [];
  let capacity = 0;
  let expected = 0;
  for (let h = 0; h < hosts; h += 1) {
    if (state.on[h] === 0 || state.vms[h]!.length === 0) continue;
    order.push(h);
    capacity += view.capacity[h]!;
    expected += Math.max(state.expected[h]!, state.demand[h]!);
  }
  // least worth keeping first
  order.sort((a, b) => eff[b]! - eff[a]! || state.expected[a]! - state.expected[b]!);
  // hosts to give up
  const giveUp: number[] = [];
  for (const h of order) {
    if (state.receiving[h] === 1) continue;
    if (capacity - view.capacity[h]! <= 0 || expected > s.emptyBelow * (capacity - view.capacity[h]!)) break;
    let mem = 0;
    for (const vm of state.vms[h]!) mem += view.memory[vm]!;
    if (mem * s.moveWattHours > view.power[h]![0]! * s.stayHours) continue;
    giveUp.push(h);
    capacity -= view.capacity[h]!;
  }
  if (giveUp.length === 0) return;
  const gone = new Uint8Array(hosts);
  for (const h of giveUp) gone[h] = 1;
  const targets = order.filter((h) => gone[h] === 0);
  const all = giveUp.flatMap((h) => state.vms[h]!.slice());
  if (giveUp.length > 20) {
    all.sort((a, b) => view.expected[b]! - view.expected[a]!);
    for (const vm of all) {
      const t = target(state, vm, targets, s, true);
      if (t >= 0) state.move(vm, t, 'emptying');
    }
    return;
  }
  for (const h of giveUp) {
    const list = state.vms[h]!.slice().sort((a, b) => view.expected[b]! - view.expected[a]!);
    const from = state.moves.length;
    let ok = true;
    for (const vm of list) {
      const t = target(state, vm, targets, s, false);
      if (t < 0) {
        ok = false;
        break;
      }
      state.move(vm, t, 'emptying');
    }
    if (!ok) {
      const made = state.moves.splice(from);
      for (const m of made.reverse()) state.undo(m.vm, m.to, h);
    }
  }
}

function target(
  state: PlanState,
  vm: number,
  targets: readonly number[],
  s: ConsolidationSettings,
  spread: boolean,
): number {
  let best = -1;
  let score = -Infinity;
  for (const h of targets) {
    if (!fits(state, vm, h, s)) continue;
    const slack = 1 - state.expected[h]! / state.view.capacity[h]!;
    const sc = spread ? slack : state.receiving[h]! * 10 + slack;
    if (sc > score) {
      score = sc;
      best = h;
    }
  }
  return best;
}
