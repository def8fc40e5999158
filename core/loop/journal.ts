import type { JournalEntry, JournalKind } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Store } from '../model/store.js';
import { MemoryStore } from '../store/memory-store.js';

export interface JournalOptions {
  readonly cause?: number | undefined;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** For how long entries are kept, and which are needed longer: with all that led to them. */
export interface JournalKeeping {
  readonly forMs: number;
  /** Entries that something refers to that is not over. */
  readonly needed: () => Iterable<number>;
}

/** How often it is looked for entries that are old. */
const TRIM_EVERY_MS = 3_600_000;
const FIRST_TRIM_MS = 60_000;

/** Entries that are read from the store at a time. */
const PAGE = 500;

/**
 * The append-only record of what was seen, decided and done. Every entry is published on the bus and kept in the store;
 * ids go on where the store's last entry ends. What cannot be stored is still published: the journal never stops the loop.
 */
export class Journal {
  #lastId: number;
  #trouble = false;
  #trimAt: number;

  constructor(
    private readonly clock: Clock,
    private readonly bus: Bus,
    private readonly store: Store = new MemoryStore(),
    /** Absent: entries are kept for ever. */
    private readonly keeping?: JournalKeeping,
  ) {
    this.#lastId = store.lastJournalId();
    // not before it is known what a former manager left unfinished
    this.#trimAt = clock.now() + FIRST_TRIM_MS;
  }

  append(kind: JournalKind, subject: string, text: string, { cause, data }: JournalOptions = {}): JournalEntry {
    const entry: JournalEntry = {
      id: ++this.#lastId,
      at: this.clock.now(),
      kind,
      subject,
      text,
      ...(cause === undefined ? {} : { cause }),
      ...(data === undefined ? {} : { data }),
    };
    this.#keep(entry);
    this.bus.publish('journal', entry);
    this.#trim(entry.at);
    return entry;
  }

  /** Once in a while, with what happens to be appended: entries that are old, and that nothing needs any more. */
  #trim(now: number): void {
    if (!this.keeping || now < this.#trimAt) return;
    this.#trimAt = now + TRIM_EVERY_MS;
    try {
      const keep = new Set<number>();
      for (const id of this.keeping.needed()) for (const cause of this.causes(id)) keep.add(cause.id);
      this.store.trimJournal(now - this.keeping.forMs, keep);
    } catch {
      // a store that cannot be written is told by the next entry; what is old goes another time
    }
  }

  /** The id of the last entry; 0 where there is none. */
  get lastId(): number {
    return this.#lastId;
  }

  /** All entries, also those of former managers. For many, use {@link pages}. */
  get entries(): readonly JournalEntry[] {
    return [...this.pages()].flat();
  }

  /** All entries after `after`, a page at a time. */
  *pages(after = 0): Generator<readonly JournalEntry[]> {
    for (;;) {
      const page = this.store.journal({ after, limit: PAGE });
      const last = page.at(-1);
      if (!last) return;
      yield page;
      after = last.id;
    }
  }

  entry(id: number): JournalEntry | undefined {
    const [found] = this.store.journal({ after: id - 1, limit: 1 });
    return found?.id === id ? found : undefined;
  }

  /** The entry and what led to it, first cause first. */
  causes(id: number): readonly JournalEntry[] {
    const chain: JournalEntry[] = [];
    let entry = this.entry(id);
    while (entry) {
      chain.unshift(entry);
      entry = entry.cause === undefined || entry.cause >= entry.id ? undefined : this.entry(entry.cause);
    }
    return chain;
  }

  /** Tells once that the store fails, and once that it works again. */
  #keep(entry: JournalEntry): void {
    try {
      this.store.appendJournal(entry);
      if (!this.#trouble) return;
      this.#trouble = false;
      this.append('trouble', 'store', 'the journal is stored again');
    } catch (error) {
      if (this.#trouble) return;
      this.#trouble = true;
      const { message, code } = AttituneError.from(error, 'store');
      this.append('trouble', 'store', `the journal is not stored any more: ${message}`, { data: { code } });
    }
  }
}
