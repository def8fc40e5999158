/** How often the clock is looked at, in candidates weighed. */
const LOOK_EVERY = 4096;

/**
 * How much a search may try: a number of candidates, which gives the same result on every machine, or a time. A search
 * asks {@link Effort.spent} between its steps and ends with the best it has.
 */
export class Effort {
  #weighed = 0;
  #late = false;
  readonly #until: number;

  constructor(
    private readonly most: number,
    budgetMs?: number,
    private readonly now?: () => number,
  ) {
    this.#until = now && budgetMs !== undefined ? now() + budgetMs : Infinity;
  }

  /** Candidates weighed so far. */
  get weighed(): number {
    return this.#weighed;
  }

  spend(): void {
    this.#weighed += 1;
    if (this.#weighed % LOOK_EVERY === 0 && this.now && this.now() >= this.#until) this.#late = true;
  }

  spent(): boolean {
    return this.#late || this.#weighed >= this.most;
  }
}
