import { HISTORY, type Fleet } from '../fleet.js';
import type { DetectorName } from '../policy-name.js';
import { interquartileRange, medianAbsoluteDeviation, predictionWeights } from './statistics.js';

/** Says which hosts are overloaded, on placements that are only thought of. */
export interface Detector {
  /** Called when another decision begins: demand has changed. */
  begin(): void;
  /** Called when the VMs of a host have changed. */
  refresh(host: number, vms: readonly number[]): void;
  overloaded(host: number): boolean;
  /** Were this VM there as well. */
  overloadedWith(host: number, vm: number): boolean;
}

/** Used by the others while they know too little. */
const FALLBACK_THRESHOLD = 0.7;
/** Samples that regression looks at, and those that the two statistical detectors need. */
const REGRESSION_SAMPLES = 10;
const STATISTICS_SAMPLES = 12;

export function createDetector(fleet: Fleet, name: DetectorName, safety: number): Detector {
  switch (name) {
    case 'thr':
      return new Threshold(fleet, safety);
    case 'iqr':
      return new Adaptive(fleet, safety, interquartileRange);
    case 'mad':
      return new Adaptive(fleet, safety, medianAbsoluteDeviation);
    case 'lr':
    case 'lrr':
      return new Regression(fleet, safety);
  }
}

/** Overloaded above a fixed part of the capacity. */
class Threshold implements Detector {
  readonly #fleet: Fleet;
  readonly #limit: number;
  readonly #sum: Float64Array;

  constructor(fleet: Fleet, limit: number) {
    this.#fleet = fleet;
    this.#limit = limit;
    this.#sum = new Float64Array(fleet.hosts);
  }

  begin(): void {
    // nothing is kept of single VMs
  }

  refresh(host: number, vms: readonly number[]): void {
    let sum = 0;
    for (const vm of vms) sum += this.#fleet.request[vm]!;
    this.#sum[host] = sum;
  }

  use(host: number, vm?: number): number {
    const more = vm === undefined ? 0 : this.#fleet.request[vm]!;
    return (this.#sum[host]! + more) / this.#fleet.capacity[host]!;
  }

  overloaded(host: number): boolean {
    return this.use(host) > this.#limit;
  }

  overloadedWith(host: number, vm: number): boolean {
    return this.use(host, vm) > this.#limit;
  }
}

/**
 * Of each VM the samples up to its oldest that is not 0; a host's history reaches as far back as the longest of its VMs'.
 */
class Lengths {
  readonly ofVm: Uint8Array;
  readonly ofHost: Uint8Array;
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.ofVm = new Uint8Array(fleet.vms);
    this.ofHost = new Uint8Array(fleet.hosts);
  }

  begin(): void {
    const { vms, history, ticks } = this.#fleet;
    for (let vm = 0; vm < vms; vm += 1) {
      let length = Math.min(HISTORY, ticks);
      while (length > 0 && history[(length - 1) * vms + vm] === 0) length -= 1;
      this.ofVm[vm] = length;
    }
  }

  refresh(host: number, vms: readonly number[]): void {
    let length = 0;
    for (const vm of vms) length = Math.max(length, this.ofVm[vm]!);
    this.ofHost[host] = length;
  }

  with(host: number, vm: number): number {
    return Math.max(this.ofHost[host]!, this.ofVm[vm]!);
  }
}

/**
 * Overloaded where a straight line through the last ten samples says so for the next one. (The published simulators never
 * apply the weights of local regression, so that it is plain least squares, and robust regression the same.)
 */
class Regression implements Detector {
  readonly #fleet: Fleet;
  readonly #safety: number;
  readonly #fallback: Threshold;
  readonly #lengths: Lengths;
  /** The prediction is linear in the samples, so that those of the VMs add up to their host's. */
  readonly #ofVm: Float64Array;
  readonly #ofHost: Float64Array;
  readonly #weights: readonly number[];

  constructor(fleet: Fleet, safety: number) {
    this.#fleet = fleet;
    this.#safety = safety;
    this.#fallback = new Threshold(fleet, FALLBACK_THRESHOLD);
    this.#lengths = new Lengths(fleet);
    this.#ofVm = new Float64Array(fleet.vms);
    this.#ofHost = new Float64Array(fleet.hosts);
    // every VM of the benchmark is transferred within one interval, so the next sample is what counts
    this.#weights = predictionWeights(REGRESSION_SAMPLES, 1);
  }

  begin(): void {
    this.#lengths.begin();
    const { vms, history, mips } = this.#fleet;
    for (let vm = 0; vm < vms; vm += 1) {
      let sum = 0;
      for (let age = 0; age < REGRESSION_SAMPLES; age += 1) sum += this.#weights[age]! * history[age * vms + vm]!;
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
    if (this.#lengths.ofHost[host]! < REGRESSION_SAMPLES) return this.#fallback.overloaded(host);
    return (this.#ofHost[host]! / this.#fleet.capacity[host]!) * this.#safety >= 1;
  }

  overloadedWith(host: number, vm: number): boolean {
    if (this.#lengths.with(host, vm) < REGRESSION_SAMPLES) return this.#fallback.overloadedWith(host, vm);
    return ((this.#ofHost[host]! + this.#ofVm[vm]!) / this.#fleet.capacity[host]!) * this.#safety >= 1;
  }
}

/** Overloaded above a threshold that is the lower, the more the host's use varied. */
class Adaptive implements Detector {
  readonly #fleet: Fleet;
  readonly #safety: number;
  readonly #spread: (samples: Float64Array) => number;
  readonly #fallback: Threshold;
  readonly #lengths: Lengths;
  readonly #history: Float64Array;
  readonly #limit: Float64Array;
  readonly #samples = new Float64Array(HISTORY);

  constructor(fleet: Fleet, safety: number, spread: (samples: Float64Array) => number) {
    this.#fleet = fleet;
    this.#safety = safety;
    this.#spread = spread;
    this.#fallback = new Threshold(fleet, FALLBACK_THRESHOLD);
    this.#lengths = new Lengths(fleet);
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
    if (length < STATISTICS_SAMPLES) return FALLBACK_THRESHOLD;
    return 1 - this.#safety * this.#spread(samples.slice(0, length));
  }
}
