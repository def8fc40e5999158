import type { HostOrder } from './host-order.js';
import { EPSILON, type SearchState } from './state.js';
import type { Targets } from './targets.js';

/** Hosts whose VMs start chains: those under most pressure. */
const HOSTS = 8;
/** Full hosts that are tried for each VM, and VMs of each that may make room. */
const TARGETS = 12;
const EJECTED = 8;
/** VMs of a chain besides the first; those with one are tried before. */
const LONGEST = 2;

/**
 * Ejection chains: a VM goes to a host that has no room for it, or where a rule is against it, and another one leaves
 * that host for a third, or for where the first came from; and so on once more (a rotation of three). Where nothing
 * shorter gains. The state is sound after each chain.
 */
export function chain(state: SearchState, order: HostOrder, targets: Targets): boolean {
  order.refresh();
  return chainOf(state, order, targets, 1) || chainOf(state, order, targets, LONGEST);
}

function chainOf(state: SearchState, order: HostOrder, targets: Targets, longest: number): boolean {
  const { cpu, movable } = state.problem;
  for (const host of order.hosts.slice(0, HOSTS)) {
    const vms = state.assignment.vmsOn(host).filter((vm) => movable[vm] === 1);
    for (const vm of vms.sort((a, b) => cpu[b]! - cpu[a]! || a - b)) {
      if (state.effort.spent()) return false;
      if (startWith(state, order, targets, vm, longest)) {
        order.refresh();
        return true;
      }
    }
  }
  return false;
}

function startWith(state: SearchState, order: HostOrder, targets: Targets, vm: number, longest: number): boolean {
  for (const to of fullHosts(state, order, vm)) {
    const delta = state.delta(vm, to);
    const mark = state.mark();
    state.apply(vm, to);
    if (goOn(state, order, targets, [vm], delta, longest)) return true;
    state.undo(mark);
  }
  return false;
}

/** Someone leaves the host that the last of the chain came to. */
function goOn(
  state: SearchState,
  order: HostOrder,
  targets: Targets,
  chained: readonly number[],
  sum: number,
  longest: number,
): boolean {
  const { assignment, problem } = state;
  const last = chained.at(-1)!;
  const host = assignment.hostOf[last]!;
  const origin = problem.start[chained[0]!]!;
  const others = assignment.vmsOn(host).filter((vm) => problem.movable[vm] === 1 && !chained.includes(vm));
  const size = problem.memory[last]!;
  others.sort((a, b) => Math.abs(problem.memory[a]! - size) - Math.abs(problem.memory[b]! - size) || a - b);
  for (const vm of others.slice(0, EJECTED)) {
    if (state.effort.spent()) return false;
    const mark = state.mark();
    const free = targets.best(vm, -EPSILON - sum);
    const ends = [...(free ? [free.to] : []), ...(origin >= 0 && origin !== host ? [origin] : [])];
    for (const to of ends) {
      if (sum + state.delta(vm, to) >= -EPSILON) continue;
      state.apply(vm, to);
      if (state.isSound([...chained, vm])) return true;
      state.undo(mark);
    }
    if (chained.length >= longest) continue;
    for (const to of fullHosts(state, order, vm)) {
      const delta = sum + state.delta(vm, to);
      state.apply(vm, to);
      if (goOn(state, order, targets, [...chained, vm], delta, longest)) return true;
      state.undo(mark);
    }
  }
  return false;
}

/** Hosts under little pressure that take VMs, but not this one as they are. */
function fullHosts(state: SearchState, { hosts }: HostOrder, vm: number): readonly number[] {
  const found: number[] = [];
  const from = state.assignment.hostOf[vm]!;
  for (let place = hosts.length - 1; place >= 0 && found.length < TARGETS; place -= 1) {
    const host = hosts[place]!;
    if (host !== from && state.problem.accepting[host] === 1 && !state.mayGo(vm, host)) found.push(host);
  }
  return found;
}
