import type { HostOrder } from './host-order.js';
import { EPSILON, type SearchState } from './state.js';

/** With so many hosts at most, all pairs are tried. */
const ALL_UP_TO = 64;
/** With more: so many of the hottest, each with so many of the coldest and so many in between. */
const HOTTEST = 48;
const COLDEST = 24;
const BETWEEN = 24;

/**
 * Exchanges of two VMs (Sandpiper's swap): where no move of one VM fits or gains, the big one of a hot host against a
 * small one of a cold host may. For each hot host the best exchange with any of its partners, as long as one gains.
 * `hosts`: these instead of the hottest.
 */
export function exchange(state: SearchState, order: HostOrder, hosts?: readonly number[]): boolean {
  let any = false;
  order.refresh();
  const hot = hosts ?? order.hosts.slice(0, order.hosts.length <= ALL_UP_TO ? undefined : HOTTEST);
  for (const host of hot) {
    for (;;) {
      if (state.effort.spent()) return any;
      const best = bestFor(state, host, partnersOf(order));
      if (!best) break;
      const other = state.assignment.hostOf[best.b]!;
      swap(state, best.a, best.b);
      order.moved(host, other);
      any = true;
    }
  }
  return any;
}

function partnersOf({ hosts }: HostOrder): readonly number[] {
  if (hosts.length <= ALL_UP_TO) return hosts;
  const rest = hosts.length - COLDEST;
  const between = Array.from({ length: BETWEEN }, (_, index) => hosts[Math.floor((index * rest) / BETWEEN)]!);
  return [...hosts.slice(rest), ...between];
}

function bestFor(state: SearchState, host: number, partners: readonly number[]) {
  const { assignment, problem } = state;
  let best: { readonly a: number; readonly b: number } | undefined;
  let least = -EPSILON;
  if (problem.accepting[host] === 0) return undefined;
  for (const partner of partners) {
    if (partner === host || problem.accepting[partner] === 0) continue;
    for (const a of assignment.vmsOn(host)) {
      if (problem.movable[a] === 0) continue;
      for (const b of assignment.vmsOn(partner)) {
        if (problem.movable[b] === 0 || !roomFor(state, a, host, b, partner)) continue;
        const delta = state.exchangeDelta(a, b);
        if (delta >= least || !isAllowed(state, a, b)) continue;
        least = delta;
        best = { a, b };
      }
    }
  }
  return best;
}

function roomFor({ assignment, problem }: SearchState, a: number, hostA: number, b: number, hostB: number): boolean {
  const { memory, vcpus, cpu, memoryLimit, vcpuLimit, cpuLimit } = problem;
  const { memoryOn, vcpusOn, cpuOn } = assignment;
  const more = memory[a]! - memory[b]!;
  if (memoryOn[hostB]! + more > memoryLimit[hostB]! || memoryOn[hostA]! - more > memoryLimit[hostA]!) return false;
  const cpus = vcpus[a]! - vcpus[b]!;
  if (vcpusOn[hostB]! + cpus > vcpuLimit[hostB]! || vcpusOn[hostA]! - cpus > vcpuLimit[hostA]!) return false;
  const load = cpu[a]! - cpu[b]!;
  return (
    (cpuLimit[hostB] === Infinity || cpuOn[hostB]! + load < cpuLimit[hostB]!) &&
    (cpuLimit[hostA] === Infinity || cpuOn[hostA]! - load < cpuLimit[hostA]!)
  );
}

function isAllowed(state: SearchState, a: number, b: number): boolean {
  const mark = state.mark();
  swap(state, a, b);
  const sound = state.isSound([a, b]);
  state.undo(mark);
  return sound;
}

function swap(state: SearchState, a: number, b: number): void {
  const { hostOf } = state.assignment;
  const [from, to] = [hostOf[a]!, hostOf[b]!];
  state.apply(a, to);
  state.apply(b, from);
}
