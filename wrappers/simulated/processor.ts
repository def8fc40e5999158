import type { CpuShare } from './cpu-share.js';
import { LoadAverage } from './load-average.js';

/**
 * The CPU of one host: shares (its VMs and its own software) divide `capacity` in proportion to what they could use, so
 * that every runnable thread gets the same, and none more than one CPU; or by weights, where they were given some.
 */
export class Processor {
  readonly shares = new Set<CpuShare>();
  #capacity: number;
  #at: number;
  #busySeconds = 0;
  #offeredSeconds = 0;
  readonly #average: LoadAverage;
  #next: { readonly at: number; readonly share: CpuShare } | undefined;
  #known = false;

  /** `capacity` in CPUs; `at` in milliseconds. */
  constructor(capacity: number, at: number) {
    this.#capacity = capacity;
    this.#at = at;
    this.#average = new LoadAverage(at);
  }

  get capacity(): number {
    return this.#capacity;
  }
  /** CPU time used so far, in seconds, up to the last {@link advance}. */
  get busySeconds(): number {
    return this.#busySeconds;
  }
  /** CPU time that could have been used so far, in seconds. */
  get offeredSeconds(): number {
    return this.#offeredSeconds;
  }
  /** How many threads want to run now: the momentary load. */
  get load(): number {
    let sum = 0;
    for (const share of this.shares) sum += share.appetite;
    return sum;
  }

  /** Load averages over 1, 5 and 15 minutes, up to the last {@link advance}. */
  get loadAverages(): readonly [number, number, number] {
    return this.#average.values;
  }

  /** When the next job is done, and whose it is; in milliseconds. */
  next(): { readonly at: number; readonly share: CpuShare } | undefined {
    if (this.#known) return this.#next;
    this.#known = true;
    this.#next = undefined;
    const rateOf = this.#rates(this.load);
    for (const share of this.shares) {
      const at = this.#at + 1000 * share.untilNext(rateOf(share));
      if (at < (this.#next?.at ?? Infinity)) this.#next = { at, share };
    }
    return this.#next;
  }

  /** Lets time pass without any change; `at` is not after the next job's end. */
  advance(at: number): void {
    const seconds = (at - this.#at) / 1000;
    if (seconds <= 0) return;
    const { load } = this;
    const rateOf = this.#rates(load);
    this.#average.pass(at, load);
    for (const share of this.shares) {
      const rate = rateOf(share);
      share.serve(seconds, rate);
      this.#busySeconds += seconds * rate;
    }
    this.#offeredSeconds += seconds * this.#capacity;
    this.#at = at;
  }

  /** Brings time to `at`, then makes a change to the shares or the capacity. */
  change<T>(at: number, change: () => T): T {
    this.advance(at);
    this.#known = false;
    return change();
  }

  setCapacity(at: number, capacity: number): void {
    this.change(at, () => {
      this.#capacity = capacity;
    });
  }

  /** How many CPUs each share gets. */
  #rates(wanted: number): (share: CpuShare) => number {
    if (wanted <= this.#capacity) return ({ appetite }) => appetite;
    const shares = [...this.shares];
    if (shares.every(({ weight }) => weight === undefined)) {
      const level = this.#capacity / wanted;
      return ({ appetite }) => appetite * level;
    }
    const rates = allot(shares, this.#capacity);
    return (share) => rates.get(share) ?? 0;
  }
}

/** Divides by claims; what a share cannot use goes to the others (max-min fairness with weights). */
function allot(shares: readonly CpuShare[], capacity: number): ReadonlyMap<CpuShare, number> {
  const rates = new Map<CpuShare, number>();
  let open = shares.filter(({ appetite }) => appetite > 0);
  let left = capacity;
  while (open.length > 0) {
    const level = left / open.reduce((sum, { claim }) => sum + claim, 0);
    const sated = open.filter(({ claim, appetite }) => claim * level >= appetite);
    if (sated.length === 0) {
      for (const share of open) rates.set(share, share.claim * level);
      break;
    }
    for (const share of sated) {
      rates.set(share, share.appetite);
      left -= share.appetite;
    }
    open = open.filter((share) => !sated.includes(share));
  }
  return rates;
}
