import type { JournalEntry, JournalKind } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Clock } from '../model/clock.js';

export interface JournalOptions {
  readonly cause?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** The append-only record of what was seen, decided and done. Every entry is also published on the bus. */
export class Journal {
  readonly #entries: JournalEntry[] = [];
  readonly #clock: Clock;
  readonly #bus: Bus;

  constructor(clock: Clock, bus: Bus) {
    this.#clock = clock;
    this.#bus = bus;
  }

  append(kind: JournalKind, subject: string, text: string, { cause, data }: JournalOptions = {}): JournalEntry {
    const entry: JournalEntry = {
      id: this.#entries.length + 1,
      at: this.#clock.now(),
      kind,
      subject,
      text,
      ...(cause === undefined ? {} : { cause }),
      ...(data === undefined ? {} : { data }),
    };
    this.#entries.push(entry);
    this.#bus.publish('journal', entry);
    return entry;
  }

  get entries(): readonly JournalEntry[] {
    return this.#entries;
  }

  /** The entry and what led to it, first cause first. */
  causes(id: number): readonly JournalEntry[] {
    const chain: JournalEntry[] = [];
    let entry = this.#entries[id - 1];
    while (entry) {
      chain.unshift(entry);
      entry = entry.cause === undefined || entry.cause >= entry.id ? undefined : this.#entries[entry.cause - 1];
    }
    return chain;
  }
}
