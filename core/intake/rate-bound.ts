import type { Clock } from '../model/clock.js';

/** A token bucket: so many at once, and so many a second from then on. */
export class RateBound {
  #left: number;
  #at: number;

  constructor(
    private readonly clock: Clock,
    private readonly perSecond: number,
    private readonly atOnce: number,
  ) {
    this.#left = atOnce;
    this.#at = clock.now();
  }

  /** False where it is too many. */
  take(): boolean {
    const now = this.clock.now();
    this.#left = Math.min(this.atOnce, this.#left + (Math.max(0, now - this.#at) * this.perSecond) / 1000);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
