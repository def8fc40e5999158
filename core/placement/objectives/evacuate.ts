import type { Assignment } from '../problem.js';
import type { GuidedTerm } from './term.js';

/** So small that it only chooses between targets: the one with most room. */
const EVEN = 1e-3;

/** VMs on hosts that are to be emptied, one each; and, hardly, the square of every other host's CPU share. */
export class EvacuateTerm implements GuidedTerm {
  readonly name = 'evacuate';
  readonly #leaving: Uint8Array;
  #value = 0;

  constructor(
    readonly weight: number,
    private readonly assignment: Assignment,
    hosts: readonly number[],
  ) {
    this.#leaving = new Uint8Array(assignment.problem.hosts);
    for (const host of hosts) this.#leaving[host] = 1;
    for (let host = 0; host < assignment.problem.hosts; host += 1) {
      this.#value += this.#leaving[host] === 1 ? assignment.countOn[host]! : this.#even(host, 0);
    }
  }

  value(): number {
    return this.#value;
  }

  /** VMs that are still to go. */
  left(): number {
    return this.assignment.countOn.reduce((sum, count, host) => sum + (this.#leaving[host] === 1 ? count : 0), 0);
  }

  delta(vm: number, from: number, to: number): number {
    const used = this.assignment.problem.cpu[vm]!;
    return this.#gained(to, used) - this.#lost(from, used);
  }

  /** Called after the move: what was added is taken off again to see what it was. */
  moved(vm: number, from: number, to: number): void {
    const used = this.assignment.problem.cpu[vm]!;
    if (from >= 0) this.#value += this.#leaving[from] === 1 ? -1 : this.#even(from, 0) - this.#even(from, used);
    if (to >= 0) this.#value += this.#leaving[to] === 1 ? 1 : this.#even(to, 0) - this.#even(to, -used);
  }

  pressure(host: number): number {
    return this.#leaving[host] === 1 ? this.assignment.countOn[host]! : this.#even(host, 0);
  }

  #gained(host: number, used: number): number {
    if (host < 0) return 0;
    return this.#leaving[host] === 1 ? 1 : this.#even(host, used) - this.#even(host, 0);
  }

  #lost(host: number, used: number): number {
    if (host < 0) return 0;
    return this.#leaving[host] === 1 ? 1 : this.#even(host, 0) - this.#even(host, -used);
  }

  #even(host: number, add: number): number {
    const { cpuOn, problem } = this.assignment;
    const share = (cpuOn[host]! + add) / problem.cpuCapacity[host]!;
    return Number.isNaN(share) ? 0 : EVEN * share * share;
  }
}
