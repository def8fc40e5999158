import type { Random } from '../../core/model/random.js';

export interface BackOffOptions {
  /** Before the first attempt after a loss. Default 500 ms. */
  readonly firstDelayMs?: number;
  /** Default 30 s. */
  readonly longestDelayMs?: number;
}

/**
 * How long to wait before each attempt: twice as long each time, up to the longest, of which a random half is taken off,
 * so that the connections to a host that comes back do not all knock at once.
 */
export class BackOff {
  readonly #first: number;
  readonly #longest: number;
  readonly #random: Random;
  #attempts = 0;

  constructor(random: Random, { firstDelayMs = 500, longestDelayMs = 30_000 }: BackOffOptions = {}) {
    this.#random = random;
    this.#first = firstDelayMs;
    this.#longest = longestDelayMs;
  }

  /** The wait before the next attempt, in milliseconds. */
  next(): number {
    const full = Math.min(this.#longest, this.#first * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return Math.round(full * (0.5 + this.#random.next() / 2));
  }

  /** Call when a connection that lasted `ms` is lost: only one that lasted longer than the longest wait counts as good. */
  lasted(ms: number): void {
    if (ms > this.#longest) this.#attempts = 0;
  }
}
