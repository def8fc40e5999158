import type { JournalEntry } from './administration.js';
import type { SystemSnapshot } from './bus.js';
import type { SessionCheckpoint } from './diagram.js';

/**
 * What outlives the manager: the journal, the system representation and the diagram sessions. Implementations:
 * `SqliteStore` and `MemoryStore` in `core/store`; both pass `test/contract/store.contract.ts`. Every method throws
 * `store`. What is kept and given is JSON: nothing is shared with the caller, and a key `__proto__` is dropped.
 */
export interface Store {
  /**
   * Adds an entry; throws where its id does not grow. It is safe at the latest when the next call of another writing
   * method returns, or at the end of this turn of the event loop, so that many entries cost one write.
   */
  appendJournal(entry: JournalEntry): void;
  /** Entries in the order of their ids, from `after` (exclusive) on, at most `limit` of them (1000 unless told). */
  journal(range?: JournalRange): readonly JournalEntry[];
  /**
   * Forgets entries of before that time, but those in `keep`, and never the last one, so that no number is used twice.
   * Returns how many went.
   */
  trimJournal(before: number, keep: ReadonlySet<number>): number;
  /** 0 for an empty journal. */
  lastJournalId(): number;
  /** Sets or replaces the record of one session; it is safe when this returns. */
  putSession(record: SessionRecord): void;
  removeSession(id: string): void;
  /** In the order in which they were first put. */
  sessions(): readonly SessionRecord[];
  /** Sets or replaces the system; it is safe when this returns. */
  putSystem(system: StoredSystem): void;
  system(): StoredSystem | undefined;
  /** Forgets the system, once it is taken down; its sessions too. The journal stays. */
  removeSystem(): void;
  /** Does several calls as one: all of them are kept and safe when it returns, or none. One inside another is part of it. */
  transaction<T>(work: () => T): T;
  /** Makes what was written safe, and gives the store back. Idempotent; every other call throws from then on. */
  close(): void;
}

export interface JournalRange {
  readonly after?: number;
  readonly limit?: number;
}

/** A session of a diagram, with what the manager must know to take it up again. */
export interface SessionRecord {
  readonly id: string;
  readonly kind: 'procedure' | 'policy';
  /** Absolute path of the diagram. */
  readonly file: string;
  /** When it was asked for. */
  readonly startedAt: number;
  /** Journal entry of its beginning; 0 while it waits. */
  readonly entry: number;
  /** JSON of the loop's own: event, scope, parameters, undo log. */
  readonly context: unknown;
  /** Absent: it waits for a component that another procedure has, and has not begun. */
  readonly checkpoint?: SessionCheckpoint;
}

/** The system representation as it was last, and how far the manager was with it. */
export interface StoredSystem {
  readonly deployment: string;
  /** Hash of the deployment's files. */
  readonly deploymentHash: string;
  readonly at: number;
  readonly phase: SystemPhase;
  /** What is not begun again in this phase: files of start or stop diagrams, or policies as `FILE\nCOMPONENT`, that came to their end. */
  readonly ended: readonly string[];
  readonly system: SystemSnapshot;
  /** The highest number that an instance of each class has had: none is used twice. */
  readonly counters: Readonly<Record<string, number>>;
  /** JSON of the loop's own: what is held, asked and not yet told. */
  readonly control?: unknown;
}

/** `starting`: its start diagrams run; `running`: it is watched; `stopping`: it is being taken down. */
export type SystemPhase = 'starting' | 'running' | 'stopping';
