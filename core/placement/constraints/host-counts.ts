/** How many of a group of VMs are on each host; the largest of these numbers is known at any time. */
export class HostCounts {
  readonly #on = new Map<number, number>();
  #placed = 0;
  #largest = 0;

  constructor(members: Iterable<number>, hostOf: ArrayLike<number>) {
    for (const vm of members) this.moved(-1, hostOf[vm] ?? -1);
  }

  on(host: number): number {
    return this.#on.get(host) ?? 0;
  }

  get placed(): number {
    return this.#placed;
  }

  get largest(): number {
    return this.#largest;
  }

  hosts(): IterableIterator<number> {
    return this.#on.keys();
  }

  moved(from: number, to: number): void {
    if (from >= 0) {
      const left = this.on(from) - 1;
      this.#placed -= 1;
      if (left > 0) this.#on.set(from, left);
      else this.#on.delete(from);
      if (left + 1 === this.#largest) this.#largest = Math.max(0, ...this.#on.values());
    }
    if (to >= 0) {
      const now = this.on(to) + 1;
      this.#placed += 1;
      this.#on.set(to, now);
      if (now > this.#largest) this.#largest = now;
    }
  }
}
