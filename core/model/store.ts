import type { JournalEntry } from './administration.js';
import type { SystemSnapshot } from './bus.js';
import type { SessionCheckpoint } from './diagram.js';

/**
 * What outlives the manager: the journal, the system representation and the diagram sessions. Calls return once the
 * record is safe, so that what was written before an effect is there after a crash. Every method throws `store`.
 */
export interface Store {
  /** Adds an entry; ids must grow. */
  appendJournal(entry: JournalEntry): void;
  /** Entries in the order of their ids, from `after` (exclusive) on, at most `limit` of them. */
  journal(range?: { readonly after?: number; readonly limit?: number }): readonly JournalEntry[];
  lastJournalId(): number;
  /** Sets or replaces the record of one session. */
  putSession(record: SessionRecord): void;
  removeSession(id: string): void;
  /** In the order in which they began. */
  sessions(): readonly SessionRecord[];
  putSystem(system: StoredSystem): void;
  system(): StoredSystem | undefined;
  /** Does several calls as one: all of them are kept, or none. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/** A session of a diagram, with what the manager must know to take it up again. */
export interface SessionRecord {
  readonly id: string;
  readonly kind: 'procedure' | 'policy';
  /** Absolute path of the diagram. */
  readonly file: string;
  readonly startedAt: number;
  /** Journal entry of its beginning. */
  readonly entry: number;
  /** JSON of the loop's own: event, scope, parameters, undo log. */
  readonly context: unknown;
  readonly checkpoint: SessionCheckpoint;
}

/** The system representation as it was last. */
export interface StoredSystem {
  readonly deployment: string;
  /** Hash of the deployment's files. */
  readonly deploymentHash: string;
  readonly at: number;
  readonly system: SystemSnapshot;
}
