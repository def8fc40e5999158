/** Work that is done once for each name, however many ask for it; what failed is done again for who asks next. */
export class OnceByName<T> {
  readonly #done = new Map<string, Promise<T>>();

  /** What `make` resolved with for that name, at the first call or one under way; rejects as it does. */
  get(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#done.get(name);
    if (known) return known;
    const made = make();
    this.#done.set(name, made);
    made.catch(() => {
      if (this.#done.get(name) === made) this.#done.delete(name);
    });
    return made;
  }

  /** What there is for a name once it is done; `undefined` where nobody asked, or it failed. */
  async known(name: string): Promise<T | undefined> {
    return await this.#done.get(name)?.catch(() => undefined);
  }

  forget(name: string): void {
    this.#done.delete(name);
  }

  /** Waits until all that is under way has ended, in whatever way, and forgets it. */
  async clear(): Promise<void> {
    await Promise.allSettled(this.#done.values());
    this.#done.clear();
  }
}
