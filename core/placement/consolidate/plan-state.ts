import type { ConsolidationMove, ConsolidationView } from './view.js';

/** Where the VMs are while a decision is being made, with the sums of each host. */
export class PlanState {
  readonly view: ConsolidationView;
  readonly hostOf: Int32Array;
  readonly on: Uint8Array;
  readonly demand: Float64Array;
  readonly expected: Float64Array;
  readonly variance: Float64Array;
  readonly memory: Float64Array;
  readonly vms: number[][];
  /** 1: a VM is on its way there in this decision. */
  readonly receiving: Uint8Array;
  readonly moves: ConsolidationMove[] = [];

  constructor(view: ConsolidationView) {
    const hosts = view.capacity.length;
    this.view = view;
    this.hostOf = Int32Array.from(view.hostOf);
    this.on = Uint8Array.from(view.on);
    this.demand = new Float64Array(hosts);
    this.expected = new Float64Array(hosts);
    this.variance = new Float64Array(hosts);
    this.memory = new Float64Array(hosts);
    this.receiving = new Uint8Array(hosts);
    this.vms = Array.from({ length: hosts }, () => []);
    for (let vm = 0; vm < this.hostOf.length; vm += 1) {
      const host = this.hostOf[vm]!;
      if (host < 0) continue;
      this.vms[host]!.push(vm);
      this.#add(vm, host, 1);
      this.memory[host]! += view.memory[vm]!;
    }
  }

  move(vm: number, to: number, because: ConsolidationMove['because']): void {
    const from = this.hostOf[vm]!;
    const list = this.vms[from]!;
    list.splice(list.indexOf(vm), 1);
    this.#add(vm, from, -1);
    // its memory is free there only after it has gone
    this.vms[to]!.push(vm);
    this.#add(vm, to, 1);
    this.memory[to]! += this.view.memory[vm]!;
    this.hostOf[vm] = to;
    this.on[to] = 1;
    this.receiving[to] = 1;
    this.moves.push({ vm, to, because });
  }

  undo(vm: number, from: number, to: number): void {
    const list = this.vms[from]!;
    list.splice(list.indexOf(vm), 1);
    this.#add(vm, from, -1);
    this.memory[from]! -= this.view.memory[vm]!;
    this.vms[to]!.push(vm);
    this.#add(vm, to, 1);
    this.hostOf[vm] = to;
  }

  #add(vm: number, host: number, sign: 1 | -1): void {
    const { demand, expected, deviation } = this.view;
    this.demand[host]! += sign * demand[vm]!;
    this.expected[host]! += sign * expected[vm]!;
    this.variance[host]! += sign * deviation[vm]! ** 2;
  }
}
