import type { Assignment } from '../problem.js';
import type { GuidedTerm } from './term.js';

/** So small that it only chooses between targets: the one with most room. */
const EVEN = 1e-3;

/** Running VMs on hosts that are to be emptied, one each; and, hardly, the square of every other host's CPU share. */
export class EvacuateTerm implements GuidedTerm {
  readonly name = 'evacuate';
  readonly #leaving: Uint8Array;
  readonly #counts: Uint8Array;
  #left = 0;
  #even = 0;

  constructor(
    readonly weight: number,
    private readonly assignment: Assignment,
    hosts: readonly number[],
  ) {
    const { problem, hostOf } = assignment;
    this.#leaving = new Uint8Array(problem.hosts);
    for (const host of hosts) this.#leaving[host] = 1;
    this.#counts = Uint8Array.from(problem.cluster.vms, ({ running }) => (running ? 1 : 0));
    for (let host = 0; host < problem.hosts; host += 1) this.#even += this.#square(host, 0);
    for (let vm = 0; vm < problem.vms; vm += 1) this.#left += this.#isOn(vm, hostOf[vm]!);
  }

  value(): number {
    return this.#left + this.#even;
  }

  /** VMs that are still to go. */
  left(): readonly number[] {
    const { hostOf, problem } = this.assignment;
    return Array.from({ length: problem.vms }, (_, vm) => vm).filter((vm) => this.#isOn(vm, hostOf[vm]!) === 1);
  }

  delta(vm: number, from: number, to: number): number {
    const used = this.assignment.problem.cpu[vm]!;
    const even = this.#square(from, -used) - this.#square(from, 0) + this.#square(to, used) - this.#square(to, 0);
    return this.#isOn(vm, to) - this.#isOn(vm, from) + even;
  }

  exchangeDelta(a: number, b: number): number {
    const { hostOf, problem } = this.assignment;
    const used = problem.cpu[a]! - problem.cpu[b]!;
    const [from, to] = [hostOf[a]!, hostOf[b]!];
    const left = this.#isOn(a, to) - this.#isOn(a, from) + this.#isOn(b, from) - this.#isOn(b, to);
    const squares = this.#square(from, -used) - this.#square(from, 0) + this.#square(to, used) - this.#square(to, 0);
    return left + squares;
  }

  /** Comes after the move: what was added is taken off again to see what it was. */
  moved(vm: number, from: number, to: number): void {
    const used = this.assignment.problem.cpu[vm]!;
    this.#left += this.#isOn(vm, to) - this.#isOn(vm, from);
    this.#even += this.#square(from, 0) - this.#square(from, used) + this.#square(to, 0) - this.#square(to, -used);
  }

  pressure(host: number): number {
    return this.#leaving[host] === 1 ? this.assignment.countOn[host]! : this.#square(host, 0);
  }

  #isOn(vm: number, host: number): number {
    return host >= 0 && this.#leaving[host] === 1 ? this.#counts[vm]! : 0;
  }

  /** Of a host that stays, with CPU added. */
  #square(host: number, add: number): number {
    if (host < 0 || this.#leaving[host] === 1) return 0;
    const { cpuOn, problem } = this.assignment;
    const share = (cpuOn[host]! + add) / problem.cpuCapacity[host]!;
    return Number.isNaN(share) ? 0 : EVEN * share * share;
  }
}
