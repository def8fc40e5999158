import { HISTORY, type Fleet } from '../fleet.js';
import type { Detector } from './detector.js';
import { HistoryLengths } from './history-lengths.js';
import { FALLBACK_THRESHOLD, Threshold } from './threshold.js';

/** Samples that it needs. */
const SAMPLES = 12;

/** Overloaded above a threshold that is the lower, the more the host's use varied. */
export class Adaptive implements Detector {
  readonly #fleet: Fleet;
  readonly #safety: number;
  readonly #spread: (samples: Float64Array) => number;
  readonly #fallback: Threshold;
  readonly #lengths: HistoryLengths;
  readonly #history: Float64Array;
  readonly #limit: Float64Array;
  readonly #samples = new Float64Array(HISTORY);

  constructor(fleet: Fleet, safety: number, spread: (samples: Float64Array) => number) {
    this.#fleet = fleet;
    this.#safety = safety;
    this.#spread = spread;
    this.#fallback = new Threshold(fleet, FALLBACK_THRESHOLD);
    this.#lengths = new HistoryLengths(fleet);
    this.#history = new Float64Array(fleet.hosts * HISTORY);
    this.#limit = new Float64Array(fleet.hosts);
  }

  begin(): void {
    this.#lengths.begin();
  }

  refresh(host: number, vms: readonly number[]): void {
    this.#fallback.refresh(host, vms);
    this.#lengths.refresh(host, vms);
    const own = this.#history.subarray(host * HISTORY, (host + 1) * HISTORY).fill(0);
    for (const vm of vms) this.#addTo(own, host, vm);
    this.#limit[host] = this.#limitOf(own, this.#lengths.ofHost[host]!);
  }

  overloaded(host: number): boolean {
    return this.#fallback.use(host) > this.#limit[host]!;
  }

  overloadedWith(host: number, vm: number): boolean {
    this.#samples.set(this.#history.subarray(host * HISTORY, (host + 1) * HISTORY));
    this.#addTo(this.#samples, host, vm);
    return this.#fallback.use(host, vm) > this.#limitOf(this.#samples, this.#lengths.with(host, vm));
  }

  #addTo(samples: Float64Array, host: number, vm: number): void {
    const { vms, history, mips, capacity } = this.#fleet;
    const length = this.#lengths.ofVm[vm]!;
    for (let age = 0; age < length; age += 1) {
      samples[age]! += (history[age * vms + vm]! * mips[vm]!) / capacity[host]!;
    }
  }

  #limitOf(samples: Float64Array, length: number): number {
    if (length < SAMPLES) return FALLBACK_THRESHOLD;
    return 1 - this.#safety * this.#spread(samples.slice(0, length));
  }
}
