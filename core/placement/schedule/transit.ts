import { compileRules, rulesByVm, type RuleOptions } from '../constraints/index.js';
import type { Assignment, HardRule, Problem } from '../problem.js';

/**
 * An assignment while migrations run: a VM counts on the host that it leaves and on the one that it comes to, from
 * {@link begin} to {@link end}. What fits so fits in whichever order the migrations of a step end.
 */
export class Transit implements Assignment {
  readonly hostOf: Int32Array;
  readonly cpuOn: Float64Array;
  readonly memoryOn: Float64Array;
  readonly vcpusOn: Float64Array;
  readonly countOn: Int32Array;
  readonly #rules: readonly HardRule[];
  readonly #rulesOf: readonly (readonly HardRule[])[];

  constructor(
    readonly problem: Problem,
    options: RuleOptions,
  ) {
    this.hostOf = Int32Array.from(problem.start);
    this.cpuOn = Float64Array.from(problem.cpuBase);
    this.memoryOn = new Float64Array(problem.hosts);
    this.vcpusOn = new Float64Array(problem.hosts);
    this.countOn = new Int32Array(problem.hosts);
    for (let vm = 0; vm < problem.vms; vm += 1) this.#count(vm, problem.start[vm] ?? -1, 1);
    // what is gathered moves within one step, which the schedule sees to
    this.#rules = compileRules(problem, this, { ...options, without: ['gather'] });
    this.#rulesOf = rulesByVm(problem, this.#rules);
  }

  vmsOn(host: number): readonly number[] {
    const found: number[] = [];
    this.hostOf.forEach((on, vm) => {
      if (on === host) found.push(vm);
    });
    return found;
  }

  /** A move in no time, there and back while a schedule looks ahead. */
  move(vm: number, to: number): void {
    const from = this.hostOf[vm] ?? -1;
    this.begin(vm, to);
    this.end(vm, from, to);
  }

  fits(vm: number, to: number): boolean {
    return this.#rulesOf[vm]?.every((rule) => rule.allows(vm, to)) === true;
  }

  why(vm: number, to: number): string {
    return this.#rulesOf[vm]?.find((rule) => !rule.allows(vm, to))?.why(vm, to) ?? '';
  }

  begin(vm: number, to: number): void {
    this.#count(vm, to, 1);
    for (const rule of this.#rulesOf[vm] ?? []) rule.moved(vm, -1, to);
  }

  end(vm: number, from: number, to: number): void {
    this.#count(vm, from, -1);
    for (const rule of this.#rulesOf[vm] ?? []) rule.moved(vm, from, -1);
    this.hostOf[vm] = to;
  }

  /** Takes back a {@link begin}. */
  cancel(vm: number, to: number): void {
    this.#count(vm, to, -1);
    for (const rule of this.#rulesOf[vm] ?? []) rule.moved(vm, to, -1);
  }

  #count(vm: number, host: number, sign: 1 | -1): void {
    if (host < 0) return;
    const { cpu, memory, vcpus } = this.problem;
    const used = cpu[vm] ?? NaN;
    // a VM that was not read is part of what else its host uses
    if (!Number.isNaN(used)) this.cpuOn[host] = (this.cpuOn[host] ?? 0) + sign * used;
    this.memoryOn[host] = (this.memoryOn[host] ?? 0) + sign * (memory[vm] ?? 0);
    this.vcpusOn[host] = (this.vcpusOn[host] ?? 0) + sign * (vcpus[vm] ?? 0);
    this.countOn[host] = (this.countOn[host] ?? 0) + sign;
  }
}
