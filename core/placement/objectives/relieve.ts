import type { Assignment } from '../problem.js';
import type { GuidedTerm } from './term.js';
import { volume } from './volume.js';

/** What a hot host counts besides the share that it is above its limit: to be hot at all is worth many moves. */
const HOT = 1;
/** So small that it only chooses between targets: the one with most room. */
const EVEN = 1e-3;

/**
 * Hosts that are hot: their CPU is at the limit or above (see `above` for a band between), or more memory is promised than may be. Each counts
 * {@link HOT} and the shares of CPU and memory above the limit; and, hardly, the square of every host's CPU share.
 * Hosts are ranked by Sandpiper's volume.
 */
export class RelieveTerm implements GuidedTerm {
  readonly name = 'relieve';
  /** CPUs from which on a host is hot; Infinity: whatever its load. */
  readonly #hotFrom: Float64Array;
  readonly #watched: Uint8Array;
  readonly #values: Float64Array;
  readonly #network: Float64Array;
  readonly #networkOf: Float64Array;
  readonly #networkCapacity: number;
  #value = 0;

  constructor(
    readonly weight: number,
    private readonly assignment: Assignment,
    /** The hosts that are to be relieved; empty: all. */
    hosts: readonly number[],
    /**
     * `above`: fraction of CPU from which on a host is hot at the beginning, and then until it is below its limit; absent:
     * the limit. `networkCapacity`: load on the network, in the VMs' own unit, that fills a host's link; absent: it is not
     * looked at.
     */
    { above = 0, networkCapacity = Infinity }: { readonly above?: number; readonly networkCapacity?: number } = {},
  ) {
    const { problem } = assignment;
    this.#hotFrom = problem.cpuLimit.map((limit, host) => {
      const from = Math.max(limit, above * problem.cpuCapacity[host]!);
      return assignment.cpuOn[host]! >= from ? limit : from;
    });
    this.#watched = new Uint8Array(problem.hosts).fill(hosts.length === 0 ? 1 : 0);
    for (const host of hosts) this.#watched[host] = 1;
    this.#networkOf = Float64Array.from(problem.cluster.vms, ({ networkLoad, running }) =>
      running ? (networkLoad ?? 0) : 0,
    );
    this.#networkCapacity = networkCapacity;
    this.#network = new Float64Array(problem.hosts);
    for (let vm = 0; vm < problem.vms; vm += 1) {
      const host = assignment.hostOf[vm]!;
      if (host >= 0) this.#network[host]! += this.#networkOf[vm]!;
    }
    this.#values = new Float64Array(problem.hosts);
    for (let host = 0; host < problem.hosts; host += 1) this.#refresh(host);
  }

  value(): number {
    return this.#value;
  }

  isHot(host: number): boolean {
    if (this.#watched[host] === 0) return false;
    const { cpuOn, memoryOn, problem } = this.assignment;
    return cpuOn[host]! >= this.#hotFrom[host]! || memoryOn[host]! > problem.memoryLimit[host]!;
  }

  delta(vm: number, from: number, to: number): number {
    const { cpu, memory } = this.assignment.problem;
    const used = cpu[vm]!;
    let delta = 0;
    if (from >= 0) delta += this.#of(from, -used, -memory[vm]!) - this.#values[from]!;
    if (to >= 0) delta += this.#of(to, used, memory[vm]!) - this.#values[to]!;
    return delta;
  }

  exchangeDelta(a: number, b: number): number {
    const { hostOf, problem } = this.assignment;
    const used = problem.cpu[a]! - problem.cpu[b]!;
    const memory = problem.memory[a]! - problem.memory[b]!;
    const from = hostOf[a]!;
    const to = hostOf[b]!;
    return this.#of(from, -used, -memory) - this.#values[from]! + this.#of(to, used, memory) - this.#values[to]!;
  }

  moved(vm: number, from: number, to: number): void {
    for (const [host, sign] of [
      [from, -1],
      [to, 1],
    ] as const) {
      if (host < 0) continue;
      this.#network[host]! += sign * this.#networkOf[vm]!;
      this.#refresh(host);
    }
  }

  /** Hot hosts by their volume, far above the others, which follow by theirs. */
  pressure(host: number): number {
    const load = this.volumeOf(host);
    return (this.isHot(host) ? 1 : 0) + (Number.isNaN(load) ? 0 : load * EVEN);
  }

  volumeOf(host: number): number {
    const { cpuOn, memoryOn, problem } = this.assignment;
    return volume(
      cpuOn[host]! / problem.cpuCapacity[host]!,
      this.#network[host]! / this.#networkCapacity,
      memoryOn[host]! / problem.memoryLimit[host]!,
    );
  }

  #refresh(host: number): void {
    const now = this.#of(host, 0, 0);
    this.#value += now - this.#values[host]!;
    this.#values[host] = now;
  }

  /** Value of a host with CPU and memory added. */
  #of(host: number, addCpu: number, addMemory: number): number {
    const { cpuOn, memoryOn, problem } = this.assignment;
    const capacity = problem.cpuCapacity[host]!;
    const cpu = cpuOn[host]! + addCpu;
    const share = cpu / capacity;
    if (Number.isNaN(share)) return 0;
    let value = EVEN * share * share;
    if (this.#watched[host] === 0) return value;
    const limit = this.#hotFrom[host]!;
    const memory = memoryOn[host]! + addMemory;
    const room = problem.memoryLimit[host]!;
    if (cpu >= limit) value += HOT + share - limit / capacity;
    if (memory > room) value += HOT + (memory - room) / Math.max(1, room);
    return value;
  }
}
