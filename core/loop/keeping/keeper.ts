import type { Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { SessionRecord, Store, StoredSystem, SystemPhase } from '../../model/store.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { deploymentHash } from './deployment-hash.js';
import type { Journal } from '../journal.js';

/**
 * Writes what must outlive the manager into the store. The representation is written at the end of each turn of the event
 * loop in which it changed, and with every record of a session, so that neither is ever ahead of the other.
 */
export class Keeper {
  #phase: SystemPhase | undefined;
  #ended: readonly string[] = [];
  #dirty = false;
  #failing = false;
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
      /** What the loop itself keeps beside the system, as JSON. */
      readonly control?: () => unknown;
      /** Told when what changed could not be written; it is tried again with the next change. */
      readonly onTrouble: (error: unknown) => void;
    },
  ) {
    parts.system.onChange(() => {
      this.#dirty = true;
      this.#schedule();
    });
  }

  /** From the first phase on the system is kept. `ended`: what had ended in this phase before. Throws `store`. */
  enter(phase: SystemPhase, ended: readonly string[] = []): void {
    this.#phase = phase;
    this.#ended = ended;
    this.#write();
  }

  /** Something of what `control` gives has changed: it is written at the end of this turn. */
  changed(): void {
    this.#dirty = true;
    this.#schedule();
  }

  get phase(): SystemPhase | undefined {
    return this.#phase;
  }

  /** As {@link enter}, on the way down, which nothing must stop. */
  stopping(): void {
    if (this.#phase === undefined || this.#phase === 'stopping') return;
    try {
      this.enter('stopping');
    } catch (error) {
      this.#trouble(error);
    }
  }

  /** As `StoredSystem.ended`. */
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
   * Forgets a session, in one with the journal entries that `lastWords` appends. `ended`: what is to stand in
   * `StoredSystem.ended` for it. Never throws: what cannot be written now is written with the next change.
   */
  remove(id: string, lastWords: () => void = () => undefined, ended?: string): void {
    this.#later.delete(id);
    this.#gone.add(id);
    if (ended !== undefined) {
      this.#ended = [...this.#ended, ended];
      this.#dirty = true;
    }
    const said = { all: false };
    try {
      this.parts.store.transaction(() => {
        this.#writeChanges();
        said.all = true;
        lastWords();
      });
      this.#clean();
    } catch (error) {
      this.#trouble(error);
      if (!said.all) lastWords();
    }
  }

  /** The system is down: only the journal stays. */
  forgetSystem(): void {
    this.#phase = undefined;
    try {
      this.parts.store.removeSystem();
      this.#clean();
    } catch (error) {
      this.#trouble(error);
    }
  }

  #schedule(): void {
    if (this.#phase === undefined) return;
    this.#flush ??= setImmediate(() => {
      this.#flush = undefined;
      try {
        this.#write();
      } catch (error) {
        this.#trouble(error);
      }
    });
  }

  /** Told once, until something can be written again. */
  #trouble(error: unknown): void {
    if (!this.#failing) this.parts.onTrouble(error);
    this.#failing = true;
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
    this.#failing = false;
    this.#dirty = false;
    this.#later.clear();
    this.#gone.clear();
    clearImmediate(this.#flush);
    this.#flush = undefined;
  }

  #stored(phase: SystemPhase): StoredSystem {
    const { system, clock, deploymentHash, control } = this.parts;
    const at = clock.now();
    return {
      deployment: system.deployment.name,
      deploymentHash,
      at,
      phase,
      ended: this.#ended,
      system: system.snapshot(at),
      counters: system.counters,
      ...(control ? { control: control() } : {}),
    };
  }
}

/** A keeper that tells its troubles in the journal. */
export function keeperOf(
  store: Store,
  system: SystemRepresentation,
  clock: Clock,
  journal: Journal,
  control?: () => unknown,
): Keeper {
  const onTrouble = (error: unknown) => {
    const { message, code } = AttituneError.from(error, 'store');
    journal.append('trouble', 'store', `what changes is not stored: ${message}`, { data: { code } });
  };
  const parts = { store, system, clock, deploymentHash: deploymentHash(system.deployment), onTrouble };
  return new Keeper({ ...parts, ...(control ? { control } : {}) });
}
