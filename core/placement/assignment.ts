import type { Assignment, Problem } from './problem.js';

/** The assignment that a problem begins with. */
export function startAssignment(problem: Problem): Assignment {
  return new MutableAssignment(problem, problem.start);
}

/** Any assignment of a problem: `hostOf` is copied. */
export function assignmentOf(problem: Problem, hostOf: ArrayLike<number>): Assignment {
  return new MutableAssignment(problem, hostOf);
}

/**
 * Sums and lists per host, kept up with each move in constant time: a VM knows its place in the list of its host, and
 * the last of the list takes its place when it leaves. A VM may be on no host (-1).
 */
class MutableAssignment implements Assignment {
  readonly hostOf: Int32Array;
  readonly cpuOn: Float64Array;
  readonly memoryOn: Float64Array;
  readonly vcpusOn: Float64Array;
  readonly countOn: Int32Array;
  readonly #lists: number[][];
  readonly #place: Int32Array;

  constructor(
    readonly problem: Problem,
    hostOf: ArrayLike<number>,
  ) {
    this.hostOf = new Int32Array(problem.vms).fill(-1);
    this.cpuOn = Float64Array.from(problem.cpuBase);
    this.memoryOn = new Float64Array(problem.hosts);
    this.vcpusOn = new Float64Array(problem.hosts);
    this.countOn = new Int32Array(problem.hosts);
    this.#lists = Array.from({ length: problem.hosts }, () => []);
    this.#place = new Int32Array(problem.vms);
    for (let vm = 0; vm < problem.vms; vm += 1) this.move(vm, hostOf[vm]!);
  }

  vmsOn(host: number): readonly number[] {
    return this.#lists[host]!;
  }

  move(vm: number, to: number): void {
    const from = this.hostOf[vm]!;
    if (from === to) return;
    if (from >= 0) this.#add(vm, from, -1);
    if (to >= 0) this.#add(vm, to, 1);
    this.hostOf[vm] = to;
  }

  #add(vm: number, host: number, sign: 1 | -1): void {
    const { cpu, memory, vcpus } = this.problem;
    const used = cpu[vm]!;
    // an unread VM is part of its host's base, which was read as a whole
    if (used === used) this.cpuOn[host]! += sign * used;
    this.memoryOn[host]! += sign * memory[vm]!;
    this.vcpusOn[host]! += sign * vcpus[vm]!;
    this.countOn[host]! += sign;
    const list = this.#lists[host]!;
    if (sign > 0) {
      this.#place[vm] = list.push(vm) - 1;
      return;
    }
    const place = this.#place[vm]!;
    const last = list.pop()!;
    if (last !== vm) {
      list[place] = last;
      this.#place[last] = place;
    }
  }
}
