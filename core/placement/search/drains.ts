import type { HostOrder } from './host-order.js';
import { bestOf } from './single-moves.js';
import { EPSILON, type SearchState } from './state.js';
import type { Targets } from './targets.js';

/** Hosts that are drained at most, of each kind. */
const HOSTS = 256;
/** VMs that a host is relieved of in one go. */
const VMS = 24;

/**
 * Several VMs leave one host, where each by itself gains less than it costs: a host that is far above its limit, and one
 * that is worth something only when it is empty. What does not gain as a whole is taken back.
 */
export function drain(state: SearchState, order: HostOrder, targets: Targets): boolean {
  order.refresh();
  let any = false;
  for (const host of order.hosts.slice(0, HOSTS)) {
    if (state.effort.spent()) return any;
    any = relieve(state, order, targets, host) || any;
  }
  for (const term of state.terms) {
    for (const host of term.emptiable?.().slice(0, HOSTS) ?? []) {
      if (state.effort.spent()) return any;
      any = empty(state, order, targets, host) || any;
    }
  }
  return any;
}

/** The best next VM leaves, and the next, until all of it together gains. */
function relieve(state: SearchState, order: HostOrder, targets: Targets, host: number): boolean {
  const mark = state.mark();
  let sum = 0;
  for (let count = 0; count < VMS && !state.effort.spent(); count += 1) {
    const best = bestOf(state, targets, [host], Infinity);
    // once the next one neither pays for itself nor brings the others nearer to paying, none does
    if (!best || best.delta - state.worth(best.vm, best.to).cost > -EPSILON) break;
    state.apply(best.vm, best.to);
    order.moved(host, best.to);
    sum += best.delta;
    if (sum < -EPSILON) return true;
  }
  takeBack(state, order, mark);
  return false;
}

/** All its VMs leave, those with the most memory first, to where each fits best. */
function empty(state: SearchState, order: HostOrder, targets: Targets, host: number): boolean {
  const { memory, movable } = state.problem;
  const vms = [...state.assignment.vmsOn(host)].sort((a, b) => memory[b]! - memory[a]! || a - b);
  if (vms.length === 0 || vms.some((vm) => movable[vm] === 0)) return false;
  const mark = state.mark();
  let sum = 0;
  for (const vm of vms) {
    const best = targets.best(vm, Infinity);
    if (!best) {
      takeBack(state, order, mark);
      return false;
    }
    state.apply(vm, best.to);
    order.moved(host, best.to);
    sum += best.delta;
  }
  if (sum < -EPSILON) return true;
  takeBack(state, order, mark);
  return false;
}

function takeBack(state: SearchState, order: HostOrder, mark: number): void {
  const { hostOf } = state.assignment;
  const touched = state.touched(mark);
  const hosts = new Set(touched.map((vm) => hostOf[vm]!));
  state.undo(mark);
  for (const vm of touched) hosts.add(hostOf[vm]!);
  for (const host of hosts) order.moved(host, -1);
}
