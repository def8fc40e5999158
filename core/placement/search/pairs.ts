import type { SearchState } from './state.js';

/** Two VMs that change places: `a` of the host that was asked for. */
export interface Pair {
  readonly a: number;
  readonly b: number;
  readonly delta: number;
}

/**
 * The best exchange of a VM of a host with one of its partners, where it adds less than `than` to the value. `onTheWay`:
 * the host may stay above its CPU limit, and rules are not asked, for more is to follow, and all of it looked at in the end.
 */
export function bestPair(
  state: SearchState,
  host: number,
  partners: readonly number[],
  than: number,
  onTheWay = false,
): Pair | undefined {
  const { assignment, problem } = state;
  let best: Pair | undefined;
  let least = than;
  if (problem.accepting[host] === 0) return undefined;
  for (const partner of partners) {
    if (partner === host || problem.accepting[partner] === 0) continue;
    for (const a of assignment.vmsOn(host)) {
      if (problem.movable[a] === 0) continue;
      for (const b of assignment.vmsOn(partner)) {
        if (problem.movable[b] === 0 || !hasRoom(state, a, host, b, partner, onTheWay)) continue;
        const delta = state.exchangeDelta(a, b);
        if (delta >= least || !(onTheWay || isAllowed(state, a, b))) continue;
        least = delta;
        best = { a, b, delta };
      }
    }
  }
  return best;
}

function hasRoom(
  { assignment, problem }: SearchState,
  a: number,
  hostA: number,
  b: number,
  hostB: number,
  onTheWay: boolean,
): boolean {
  const { memory, vcpus, cpu, memoryLimit, vcpuLimit, cpuLimit } = problem;
  const { memoryOn, vcpusOn, cpuOn } = assignment;
  const more = memory[a]! - memory[b]!;
  if (memoryOn[hostB]! + more > memoryLimit[hostB]! || memoryOn[hostA]! - more > memoryLimit[hostA]!) return false;
  const cpus = vcpus[a]! - vcpus[b]!;
  if (vcpusOn[hostB]! + cpus > vcpuLimit[hostB]! || vcpusOn[hostA]! - cpus > vcpuLimit[hostA]!) return false;
  const load = cpu[a]! - cpu[b]!;
  return (
    (cpuLimit[hostB] === Infinity || cpuOn[hostB]! + load < cpuLimit[hostB]!) &&
    (onTheWay || cpuLimit[hostA] === Infinity || cpuOn[hostA]! - load < cpuLimit[hostA]!)
  );
}

function isAllowed(state: SearchState, a: number, b: number): boolean {
  const mark = state.mark();
  swap(state, a, b);
  const sound = state.isSound([a, b]);
  state.undo(mark);
  return sound;
}

/** Makes it, whatever speaks against it. */
export function swap(state: SearchState, a: number, b: number): void {
  const { hostOf } = state.assignment;
  const [from, to] = [hostOf[a]!, hostOf[b]!];
  state.apply(a, to);
  state.apply(b, from);
}
