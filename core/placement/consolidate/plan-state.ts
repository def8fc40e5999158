import type { ConsolidationMove, ConsolidationView } from './view.js';

/** Where the VMs are while a decision is being made, with the sums of each host. */
export class PlanState {
  readonly view: ConsolidationView;
  readonly hosts: number;
  /** By host: what its VMs ask for, are expected to ask for, the variance of that, and their memory. */
  readonly demand: Float64Array;
  readonly expected: Float64Array;
  readonly variance: Float64Array;
  readonly memory: Float64Array;
  /** 1: it is on, or woken by this decision. */
  readonly on: Uint8Array;
  /** VMs on their way there by this decision. */
  readonly arrivals: Uint16Array;
  readonly #hostOf: Int32Array;
  readonly #vms: number[][];
  readonly #moves: ConsolidationMove[] = [];

  constructor(view: ConsolidationView) {
    const hosts = view.capacity.length;
    this.view = view;
    this.hosts = hosts;
    this.#hostOf = Int32Array.from(view.hostOf);
    this.on = Uint8Array.from(view.on);
    this.demand = new Float64Array(hosts);
    this.expected = new Float64Array(hosts);
    this.variance = new Float64Array(hosts);
    this.memory = new Float64Array(hosts);
    this.arrivals = new Uint16Array(hosts);
    this.#vms = Array.from({ length: hosts }, () => []);
    for (const [vm, host] of this.#hostOf.entries()) {
      if (host < 0) continue;
      this.#vms[host]!.push(vm);
      this.#count(vm, host, 1);
      this.memory[host]! += view.memory[vm]!;
    }
  }

  get moves(): readonly ConsolidationMove[] {
    return this.#moves;
  }

  vmsOn(host: number): readonly number[] {
    return this.#vms[host]!;
  }

  /** What the VMs of a host need for certain: what they ask for now, or more if more is expected. */
  need(host: number): number {
    return Math.max(this.demand[host]!, this.expected[host]!);
  }

  move(vm: number, to: number, because: ConsolidationMove['because']): void {
    const from = this.#hostOf[vm]!;
    this.#put(vm, from, to);
    // its memory is free at its source only after it has gone
    this.memory[to]! += this.view.memory[vm]!;
    this.arrivals[to]! += 1;
    this.on[to] = 1;
    this.#moves.push({ vm, from, to, because });
  }

  /** Takes the last moves back, until there are so many. */
  undo(count: number): void {
    while (this.#moves.length > count) {
      const { vm, from, to } = this.#moves.pop()!;
      this.#put(vm, to, from);
      this.memory[to]! -= this.view.memory[vm]!;
      this.arrivals[to]! -= 1;
      if (this.arrivals[to] === 0) this.on[to] = this.view.on[to]!;
    }
  }

  #put(vm: number, from: number, to: number): void {
    const left = this.#vms[from]!;
    left.splice(left.indexOf(vm), 1);
    this.#vms[to]!.push(vm);
    this.#count(vm, from, -1);
    this.#count(vm, to, 1);
    this.#hostOf[vm] = to;
    this.view.rules?.moved(vm, from, to);
  }

  #count(vm: number, host: number, sign: 1 | -1): void {
    const { demand, expected, deviation } = this.view;
    this.demand[host]! += sign * demand[vm]!;
    this.expected[host]! += sign * expected[vm]!;
    this.variance[host]! += sign * deviation[vm]! ** 2;
  }
}
