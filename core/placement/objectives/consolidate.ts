import type { Assignment } from '../problem.js';
import type { GuidedTerm } from './term.js';

/** Less than a host for all hosts together, so that it never outweighs one host emptied. */
const FILL = 0.5;

/**
 * Hosts in use, less a little for how uneven they are filled: the mean square of their fill, so that load goes from the
 * emptiest to the fullest. A host's fill is the larger of its shares of CPU and memory.
 */
export class ConsolidateTerm implements GuidedTerm {
  readonly name = 'consolidate';
  #value = 0;

  constructor(
    readonly weight: number,
    private readonly assignment: Assignment,
  ) {
    for (let host = 0; host < assignment.problem.hosts; host += 1) this.#value += this.#of(host, 0, 0, 0);
  }

  value(): number {
    return this.#value;
  }

  /** Hosts with VMs. */
  used(): number {
    return this.assignment.countOn.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  }

  delta(vm: number, from: number, to: number): number {
    const { cpu, memory } = this.assignment.problem;
    let delta = 0;
    if (from >= 0) delta += this.#of(from, -1, -cpu[vm]!, -memory[vm]!) - this.#of(from, 0, 0, 0);
    if (to >= 0) delta += this.#of(to, 1, cpu[vm]!, memory[vm]!) - this.#of(to, 0, 0, 0);
    return delta;
  }

  exchangeDelta(a: number, b: number): number {
    const { hostOf, problem } = this.assignment;
    const cpu = problem.cpu[a]! - problem.cpu[b]!;
    const memory = problem.memory[a]! - problem.memory[b]!;
    const [from, to] = [hostOf[a]!, hostOf[b]!];
    return (
      this.#of(from, 0, -cpu, -memory) - this.#of(from, 0, 0, 0) + this.#of(to, 0, cpu, memory) - this.#of(to, 0, 0, 0)
    );
  }

  moved(vm: number, from: number, to: number): void {
    const { cpu, memory } = this.assignment.problem;
    if (from >= 0) this.#value += this.#of(from, 0, 0, 0) - this.#of(from, 1, cpu[vm]!, memory[vm]!);
    if (to >= 0) this.#value += this.#of(to, 0, 0, 0) - this.#of(to, -1, -cpu[vm]!, -memory[vm]!);
  }

  pressure(host: number): number {
    return this.assignment.countOn[host] === 0 ? 1 : -this.#fill(host, 0, 0);
  }

  emptiable(): readonly number[] {
    return emptiestFirst(this.assignment);
  }

  #of(host: number, addCount: number, addCpu: number, addMemory: number): number {
    if (this.assignment.countOn[host]! + addCount === 0) return 0;
    const fill = this.#fill(host, addCpu, addMemory);
    return 1 - (FILL * fill * fill) / this.assignment.problem.hosts;
  }

  #fill(host: number, addCpu: number, addMemory: number): number {
    const { cpuOn, memoryOn, problem } = this.assignment;
    const cpu = (cpuOn[host]! + addCpu) / problem.cpuCapacity[host]!;
    const memory = (memoryOn[host]! + addMemory) / Math.max(1, problem.memoryLimit[host]!);
    return cpu > memory ? cpu : memory;
  }
}

/** Hosts with VMs, those with the least memory to be copied first. */
export function emptiestFirst({ countOn, memoryOn, problem }: Assignment): readonly number[] {
  return Array.from({ length: problem.hosts }, (_, host) => host)
    .filter((host) => countOn[host]! > 0)
    .sort((a, b) => memoryOn[a]! - memoryOn[b]! || a - b);
}
