import type { Assignment } from '../problem.js';
import type { GuidedTerm } from './term.js';

/**
 * What the moves of a plan cost: the cost of each VM that is not where it was. Moving a VM on to another host costs
 * nothing more, moving it home gives its cost back; so a search that makes this smaller moves no VM more than it needs.
 */
export class MovesTerm implements GuidedTerm {
  readonly name = 'moves';
  #value = 0;
  #moved = 0;

  constructor(
    readonly weight: number,
    private readonly assignment: Assignment,
    private readonly costs: Float64Array,
  ) {
    const { start, vms } = assignment.problem;
    for (let vm = 0; vm < vms; vm += 1) this.#count(vm, start[vm]!, assignment.hostOf[vm]!);
  }

  /** VMs that are not where they were. */
  get count(): number {
    return this.#moved;
  }

  value(): number {
    return this.#value;
  }

  delta(vm: number, from: number, to: number): number {
    const home = this.assignment.problem.start[vm]!;
    return (to === home ? 0 : this.costs[vm]!) - (from === home ? 0 : this.costs[vm]!);
  }

  exchangeDelta(a: number, b: number): number {
    const { hostOf } = this.assignment;
    return this.delta(a, hostOf[a]!, hostOf[b]!) + this.delta(b, hostOf[b]!, hostOf[a]!);
  }

  moved(vm: number, from: number, to: number): void {
    this.#count(vm, from, to);
  }

  #count(vm: number, from: number, to: number): void {
    const home = this.assignment.problem.start[vm]!;
    this.#moved += (to === home ? 0 : 1) - (from === home ? 0 : 1);
    this.#value += this.delta(vm, from, to);
  }
}
