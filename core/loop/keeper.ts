import type { Clock } from '../model/clock.js';
import type { SessionRecord, Store, StoredSystem, SystemPhase } from '../model/store.js';
import type { SystemRepresentation } from '../model/system-representation.js';

/**
 * Writes what must outlive the manager into the store. The representation is written at the end of each turn of the event
 * loop in which it changed, and with every record of a session, so that neither is ever ahead of the other.
 */
export class Keeper {
  #phase: SystemPhase | undefined;
  #ended: readonly string[] = [];
  #dirty = false;
  #flush: NodeJS.Immediate | undefined;
  /** Records to be written with the next flush, by session. */
  readonly #later = new Map<string, () => SessionRecord | undefined>();
  /** Sessions that have ended and are still in the store. */
  readonly #gone = new Set<string>();

  constructor(
    private readonly parts: {
      readonly store: Store;
      readonly system: SystemRepresentation;
      readonly clock: Clock;
      readonly deploymentHash: string;
      /** Told when what changed could not be written; it is tried again with the next change. */
      readonly onTrouble: (error: unknown) => void;
    },
  ) {
    parts.system.onChange(() => {
      this.#dirty = true;
      this.#schedule();
    });
  }

  /** From the first phase on the system is kept. `ended`: files of this phase's diagrams that have ended before. */
  enter(phase: SystemPhase, ended: readonly string[] = []): void {
    this.#phase = phase;
    this.#ended = ended;
    this.#write();
  }

  /** Files of the diagrams of this phase that have ended. */
  get ended(): readonly string[] {
    return this.#ended;
  }

  /** Writes a record, with all that changed before it; it is safe when this returns. Throws `store`. */
  save(record: SessionRecord): void {
    if (this.#phase === undefined) return;
    this.#later.delete(record.id);
    this.parts.store.transaction(() => {
      this.#writeChanges();
      this.parts.store.putSession(record);
    });
    this.#clean();
  }

  /** Writes the record that `record` then gives at the end of this turn, or before, with another. */
  saveSoon(id: string, record: () => SessionRecord | undefined): void {
    if (this.#phase === undefined) return;
    this.#later.set(id, record);
    this.#schedule();
  }

  /**
   * Forgets a session, in one with the journal entries that `lastWords` appends. `ended`: the file of a diagram of this
   * phase that it brought to its end. Never throws: what cannot be written now is written with the next change.
   */
  remove(id: string, lastWords: () => void = () => undefined, ended?: string): void {
    this.#later.delete(id);
    this.#gone.add(id);
    if (ended !== undefined) {
      this.#ended = [...this.#ended, ended];
      this.#dirty = true;
    }
    let said = false;
    try {
      this.parts.store.transaction(() => {
        this.#writeChanges();
        said = true;
        lastWords();
      });
      this.#clean();
    } catch (error) {
      this.parts.onTrouble(error);
      if (!said) lastWords();
    }
  }

  /** The system is down: only the journal stays. */
  forgetSystem(): void {
    this.#phase = undefined;
    this.#later.clear();
    this.parts.store.removeSystem();
    this.#clean();
  }

  #schedule(): void {
    if (this.#phase === undefined) return;
    this.#flush ??= setImmediate(() => {
      this.#flush = undefined;
      try {
        this.#write();
      } catch (error) {
        this.parts.onTrouble(error);
      }
    });
  }

  #write(): void {
    if (this.#phase === undefined) return;
    this.#dirty = true;
    this.parts.store.transaction(() => this.#writeChanges());
    this.#clean();
  }

  /** Inside a transaction; what it wrote is clean only once that has succeeded. */
  #writeChanges(): void {
    const { store } = this.parts;
    if (this.#dirty && this.#phase !== undefined) store.putSystem(this.#stored(this.#phase));
    for (const id of this.#gone) store.removeSession(id);
    for (const record of this.#later.values()) {
      const present = record();
      if (present) store.putSession(present);
    }
  }

  #clean(): void {
    this.#dirty = false;
    this.#later.clear();
    this.#gone.clear();
    clearImmediate(this.#flush);
    this.#flush = undefined;
  }

  #stored(phase: SystemPhase): StoredSystem {
    const { system, clock, deploymentHash } = this.parts;
    const at = clock.now();
    return {
      deployment: system.deployment.name,
      deploymentHash,
      at,
      phase,
      ended: this.#ended,
      system: system.snapshot(at),
      counters: system.counters,
    };
  }
}
