import type { Assignment } from '../problem.js';
import type { GuidedTerm } from './term.js';

/** What it costs to wake a host, in hosts: less than a hot host counts, more than any move costs. */
export const WAKE_COST = 0.5;

/** Hosts that are off and would have to be woken for the VMs that are to go there. */
export class WakeTerm implements GuidedTerm {
  readonly name = 'wake';
  readonly weight = WAKE_COST;
  readonly #off: Uint8Array;

  constructor(private readonly assignment: Assignment) {
    this.#off = Uint8Array.from(assignment.problem.cluster.hosts, ({ powered }) => (powered === 'off' ? 1 : 0));
  }

  value(): number {
    return this.#off.reduce((sum, off, host) => sum + (this.isWoken(host, off) ? 1 : 0), 0);
  }

  isWoken(host: number, off = this.#off[host]): boolean {
    return off === 1 && this.assignment.countOn[host]! > 0;
  }

  delta(_vm: number, from: number, to: number): number {
    const { countOn } = this.assignment;
    const sleeps = from >= 0 && this.#off[from] === 1 && countOn[from] === 1 ? 1 : 0;
    return (to >= 0 && this.#off[to] === 1 && countOn[to] === 0 ? 1 : 0) - sleeps;
  }

  exchangeDelta(): number {
    return 0;
  }

  moved(): void {
    // it counts what the assignment holds
  }
}
