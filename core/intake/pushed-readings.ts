/** A number that a program outside told of a component. */
export interface PushedReading {
  readonly component: string;
  /** Of the probe that it is for. */
  readonly name: string;
  readonly value: number;
  /** Milliseconds since the epoch, when it was so. */
  readonly at: number;
}

/** What was pushed last, by component and name; the probes of measure `push` read it at their own times. */
export class PushedReadings {
  readonly #latest = new Map<string, PushedReading>();

  /** False where a newer one is there already. */
  put(reading: PushedReading): boolean {
    const key = keyOf(reading.component, reading.name);
    const former = this.#latest.get(key);
    if (former && former.at > reading.at) return false;
    this.#latest.set(key, reading);
    return true;
  }

  get(component: string, name: string): PushedReading | undefined {
    return this.#latest.get(keyOf(component, name));
  }

  /** Forgets the components that are gone: one of the same name never comes again. */
  keep(isThere: (component: string) => boolean): void {
    for (const [key, { component }] of this.#latest) if (!isThere(component)) this.#latest.delete(key);
  }
}

function keyOf(component: string, name: string): string {
  return `${component}\n${name}`;
}
