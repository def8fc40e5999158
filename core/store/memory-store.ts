import type { JournalEntry } from '../model/administration.js';
import { AttituneError } from '../model/errors.js';
import type { JournalRange, SessionRecord, Store, StoredSystem } from '../model/store.js';
import { fromJson, toJson } from './json.js';
import { DEFAULT_PAGE, refuseId } from './journal-rules.js';

/** A store that ends with its process: for simulations and tests. */
export class MemoryStore implements Store {
  #journal: { readonly id: number; readonly at: number; readonly text: string }[] = [];
  #sessions = new Map<string, string>();
  #system: string | undefined;
  #inTransaction = false;
  #closed = false;

  appendJournal(entry: JournalEntry): void {
    this.#open();
    refuseId(entry, this.lastJournalId());
    this.#journal.push({ id: entry.id, at: entry.at, text: toJson(entry) });
  }

  journal({ after = 0, limit = DEFAULT_PAGE }: JournalRange = {}): readonly JournalEntry[] {
    this.#open();
    const from = firstAfter(this.#journal, after);
    return this.#journal.slice(from, from + limit).map(({ text }) => fromJson(text) as JournalEntry);
  }

  trimJournal(before: number, keep: ReadonlySet<number>): number {
    this.#open();
    const last = this.lastJournalId();
    const kept = this.#journal.filter(({ id, at }) => at >= before || id === last || keep.has(id));
    const went = this.#journal.length - kept.length;
    if (went > 0) this.#journal = kept;
    return went;
  }

  lastJournalId(): number {
    this.#open();
    return this.#journal.at(-1)?.id ?? 0;
  }

  putSession(record: SessionRecord): void {
    this.#open();
    this.#sessions.set(record.id, toJson(record));
  }

  removeSession(id: string): void {
    this.#open();
    this.#sessions.delete(id);
  }

  sessions(): readonly SessionRecord[] {
    this.#open();
    return [...this.#sessions.values()].map((text) => fromJson(text) as SessionRecord);
  }

  putSystem(system: StoredSystem): void {
    this.#open();
    this.#system = toJson(system);
  }

  system(): StoredSystem | undefined {
    this.#open();
    return this.#system === undefined ? undefined : (fromJson(this.#system) as StoredSystem);
  }

  removeSystem(): void {
    this.#open();
    this.#system = undefined;
    this.#sessions.clear();
  }

  transaction<T>(work: () => T): T {
    this.#open();
    if (this.#inTransaction) return work();
    const journal = this.#journal;
    const before = { entries: journal.length, sessions: new Map(this.#sessions), system: this.#system };
    this.#inTransaction = true;
    try {
      return work();
    } catch (error) {
      // what was trimmed is in the former list still
      journal.length = before.entries;
      this.#journal = journal;
      this.#sessions = before.sessions;
      this.#system = before.system;
      throw error;
    } finally {
      this.#inTransaction = false;
    }
  }

  close(): void {
    this.#closed = true;
  }

  #open(): void {
    if (this.#closed) throw new AttituneError('store', 'The store in memory was closed before.');
  }
}

/** Index of the first entry whose id is above `after`, by bisection. */
function firstAfter(entries: readonly { readonly id: number }[], after: number): number {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.id ?? 0) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
