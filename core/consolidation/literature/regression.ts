import type { Fleet } from '../fleet.js';
import type { Detector } from './detector.js';
import { HistoryLengths } from './history-lengths.js';
import { predictionWeights } from './statistics.js';
import { FALLBACK_THRESHOLD, Threshold } from './threshold.js';

/** Samples that it looks at. */
const SAMPLES = 10;

/**
 * Overloaded where a straight line through the last ten samples says so for the next one. (The published simulators never
 * apply the weights of local regression, so that it is plain least squares, and robust regression the same.)
 */
export class Regression implements Detector {
  readonly #fleet: Fleet;
  readonly #safety: number;
  readonly #fallback: Threshold;
  readonly #lengths: HistoryLengths;
  /** The prediction is linear in the samples, so that those of the VMs add up to their host's. */
  readonly #ofVm: Float64Array;
  readonly #ofHost: Float64Array;
  readonly #weights: readonly number[];

  constructor(fleet: Fleet, safety: number) {
    this.#fleet = fleet;
    this.#safety = safety;
    this.#fallback = new Threshold(fleet, FALLBACK_THRESHOLD);
    this.#lengths = new HistoryLengths(fleet);
    this.#ofVm = new Float64Array(fleet.vms);
    this.#ofHost = new Float64Array(fleet.hosts);
    // every VM of the benchmark is transferred within one interval, so the next sample is what counts
    this.#weights = predictionWeights(SAMPLES, 1);
  }

  begin(): void {
    this.#lengths.begin();
    const { vms, history, mips } = this.#fleet;
    for (let vm = 0; vm < vms; vm += 1) {
      let sum = 0;
      for (let age = 0; age < SAMPLES; age += 1) sum += this.#weights[age]! * history[age * vms + vm]!;
      this.#ofVm[vm] = sum * mips[vm]!;
    }
  }

  refresh(host: number, vms: readonly number[]): void {
    this.#fallback.refresh(host, vms);
    this.#lengths.refresh(host, vms);
    let sum = 0;
    for (const vm of vms) sum += this.#ofVm[vm]!;
    this.#ofHost[host] = sum;
  }

  overloaded(host: number): boolean {
    if (this.#lengths.ofHost[host]! < SAMPLES) return this.#fallback.overloaded(host);
    return (this.#ofHost[host]! / this.#fleet.capacity[host]!) * this.#safety >= 1;
  }

  overloadedWith(host: number, vm: number): boolean {
    if (this.#lengths.with(host, vm) < SAMPLES) return this.#fallback.overloadedWith(host, vm);
    return ((this.#ofHost[host]! + this.#ofVm[vm]!) / this.#fleet.capacity[host]!) * this.#safety >= 1;
  }
}
