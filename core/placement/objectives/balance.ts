import type { Assignment } from '../problem.js';
import { BALANCE_MEASURES, linearMeasure, type BalanceMeasure, type LinearMeasure } from './measures.js';
import type { GuidedTerm } from './term.js';

/**
 * The weighted sum of standard deviations of measures over the hosts that take VMs and were read, times the number of
 * those hosts: what a move gains is then alike in small clusters and in large ones. Each deviation is kept as a sum and a
 * sum of squares, both of distances from where the mean began, which keeps them exact enough; a move costs two additions
 * and one root for each measure.
 */
export class BalanceTerm implements GuidedTerm {
  readonly name = 'balance';
  readonly #measures: readonly BalanceMeasure[];
  readonly #weights: Float64Array;
  /** Of host h and measure m at [h × M + m]; likewise amounts of VMs. Hosts that do not count have scale 0. */
  readonly #at: Float64Array;
  readonly #scale: Float64Array;
  readonly #amount: Float64Array;
  readonly #sum: Float64Array;
  readonly #squares: Float64Array;
  /** The amount of a VM that is typical for the measure: turns a host's distance from the mean into a gain. */
  readonly #typical: Float64Array;
  readonly #counted: number;
  #value = 0;

  constructor(
    readonly weight: number,
    private readonly assignment: Assignment,
    weights: Readonly<Partial<Record<BalanceMeasure, number>>>,
  ) {
    const { problem } = assignment;
    const { hosts, vms, accepting, cpuBase } = problem;
    this.#measures = BALANCE_MEASURES.filter((measure) => (weights[measure] ?? 0) > 0);
    const count = this.#measures.length;
    this.#weights = Float64Array.from(this.#measures, (measure) => weights[measure]!);
    this.#at = new Float64Array(hosts * count);
    this.#scale = new Float64Array(hosts * count);
    this.#amount = new Float64Array(vms * count);
    this.#sum = new Float64Array(count);
    this.#squares = new Float64Array(count);
    this.#typical = new Float64Array(count);
    const counts = accepting.map((accepts, host) => (accepts === 1 && !Number.isNaN(cpuBase[host]) ? 1 : 0));
    this.#counted = Math.max(
      1,
      counts.reduce((sum, one) => sum + one, 0),
    );
    for (const [m, measure] of this.#measures.entries()) this.#fill(m, linearMeasure(measure, assignment), counts);
    this.#value = this.#total();
  }

  value(): number {
    return this.#value;
  }

  /** The weighted sum of standard deviations by itself, such as Ganeti's cluster score. */
  score(): number {
    return this.#value / this.#counted;
  }

  /** The standard deviation of each measure. */
  deviations(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#measures.map((measure, m) => [measure, this.#deviation(m)]));
  }

  delta(vm: number, from: number, to: number): number {
    const count = this.#measures.length;
    let value = 0;
    for (let m = 0; m < count; m += 1) {
      const amount = this.#amount[vm * count + m]!;
      value += this.#shifted(m, from, -amount, to, amount);
    }
    return value - this.#value;
  }

  exchangeDelta(a: number, b: number): number {
    const count = this.#measures.length;
    const from = this.assignment.hostOf[a]!;
    const to = this.assignment.hostOf[b]!;
    let value = 0;
    for (let m = 0; m < count; m += 1) {
      const amount = this.#amount[a * count + m]! - this.#amount[b * count + m]!;
      value += this.#shifted(m, from, -amount, to, amount);
    }
    return value - this.#value;
  }

  moved(vm: number, from: number, to: number): void {
    const count = this.#measures.length;
    for (let m = 0; m < count; m += 1) {
      const amount = this.#amount[vm * count + m]!;
      if (from >= 0) this.#shift(m, from * count + m, -amount);
      if (to >= 0) this.#shift(m, to * count + m, amount);
    }
    this.#value = this.#total();
  }

  /** What the value falls by, to first order, when a typical VM goes from the host to one at the mean. */
  pressure(host: number): number {
    const count = this.#measures.length;
    let pressure = 0;
    for (let m = 0; m < count; m += 1) {
      const deviation = this.#deviation(m);
      if (deviation <= 0) continue;
      const distance = this.#at[host * count + m]! - this.#sum[m]! / this.#counted;
      pressure += (this.#weights[m]! * distance * this.#scale[host * count + m]! * this.#typical[m]!) / deviation;
    }
    return pressure;
  }

  #fill(m: number, { base, scale, amount }: LinearMeasure, counts: Uint8Array): void {
    const count = this.#measures.length;
    const { hosts, vms } = this.assignment.problem;
    const at = Float64Array.from(base);
    let typical = 0;
    for (let vm = 0; vm < vms; vm += 1) {
      this.#amount[vm * count + m] = amount[vm]!;
      typical += Math.abs(amount[vm]!);
      const host = this.assignment.hostOf[vm]!;
      if (host >= 0) at[host]! += amount[vm]! * scale[host]!;
    }
    this.#typical[m] = vms > 0 ? typical / vms : 0;
    let mean = 0;
    for (let host = 0; host < hosts; host += 1) if (counts[host] === 1) mean += at[host]! / this.#counted;
    for (let host = 0; host < hosts; host += 1) {
      if (counts[host] !== 1) continue;
      const distance = at[host]! - mean;
      this.#at[host * count + m] = distance;
      this.#scale[host * count + m] = scale[host]!;
      this.#sum[m]! += distance;
      this.#squares[m]! += distance * distance;
    }
  }

  #shift(m: number, slot: number, amount: number): void {
    const old = this.#at[slot]!;
    const now = old + amount * this.#scale[slot]!;
    this.#at[slot] = now;
    this.#sum[m]! += now - old;
    this.#squares[m]! += now * now - old * old;
  }

  /** The weighted deviation of a measure with amounts added to two hosts. */
  #shifted(m: number, a: number, amountA: number, b: number, amountB: number): number {
    const count = this.#measures.length;
    let sum = this.#sum[m]!;
    let squares = this.#squares[m]!;
    if (a >= 0) {
      const add = amountA * this.#scale[a * count + m]!;
      sum += add;
      squares += add * (add + 2 * this.#at[a * count + m]!);
    }
    if (b >= 0) {
      const add = amountB * this.#scale[b * count + m]!;
      sum += add;
      squares += add * (add + 2 * this.#at[b * count + m]!);
    }
    const mean = sum / this.#counted;
    const variance = squares / this.#counted - mean * mean;
    return variance > 0 ? this.#weights[m]! * this.#counted * Math.sqrt(variance) : 0;
  }

  #deviation(m: number): number {
    const mean = this.#sum[m]! / this.#counted;
    const variance = this.#squares[m]! / this.#counted - mean * mean;
    return variance > 0 ? Math.sqrt(variance) : 0;
  }

  #total(): number {
    let total = 0;
    for (let m = 0; m < this.#measures.length; m += 1) total += this.#weights[m]! * this.#deviation(m);
    return total * this.#counted;
  }
}
