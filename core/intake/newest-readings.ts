import type { Reading } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Subscription } from '../model/hypervisor.js';

/** The newest reading of each probe and component, with a value or without. */
export class NewestReadings {
  readonly #latest = new Map<string, Reading>();
  readonly #subscription: Subscription;

  constructor(bus: Bus) {
    this.#subscription = bus.subscribe('reading', (reading) =>
      this.#latest.set(`${reading.probe}\n${reading.component}`, reading),
    );
  }

  /** Of the components that are there still; those of others are forgotten. */
  all(isThere: (component: string) => boolean): readonly Reading[] {
    for (const [key, { component }] of this.#latest) if (!isThere(component)) this.#latest.delete(key);
    return [...this.#latest.values()];
  }

  stop(): void {
    this.#subscription.unsubscribe();
  }
}
