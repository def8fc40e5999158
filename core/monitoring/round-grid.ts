/** How late a round may begin, as a share of the period; later than that it is left out. */
const LATE = 0.25;

/** A fixed grid of times: rounds do not drift, however long each takes. Pure but for the round that it counts. */
export class RoundGrid {
  readonly #everyMs: number;
  #origin: number;
  #last = 0;

  /** `origin` is the time of round 0. */
  constructor(origin: number, everyMs: number) {
    this.#origin = origin;
    this.#everyMs = everyMs;
  }

  /**
   * Milliseconds from `now` to the next round, to be called when the former one is over. Rounds that were missed are left
   * out, not made up for; after the clock was set back the grid begins anew.
   */
  next(now: number): number {
    const reached = Math.ceil((now - this.#origin) / this.#everyMs - LATE);
    this.#last = Math.max(this.#last + 1, reached);
    const wait = this.#origin + this.#last * this.#everyMs - now;
    if (wait <= this.#everyMs) return Math.max(0, wait);
    this.#origin = now;
    this.#last = 1;
    return this.#everyMs;
  }
}
