import type { MigrationOutcome } from './migration.js';

/** What flows through the house: Reading → Event → diagram → Decision → Outcome, and the journal of it all. */

/** One measurement. A reading without `value` says that the probe could not measure, and why. */
export interface Reading {
  readonly probe: string;
  readonly measure: string;
  readonly component: string;
  /** In `unit`; ratios are fractions (0.8 for 80 %). */
  readonly value?: number;
  readonly unit: string;
  /** Milliseconds since the epoch, when it was measured. */
  readonly at: number;
  /** How long reading took. */
  readonly durationMs: number;
  readonly failure?: string;
}

/** Something that happened to a component. TUNe's `event;component;arg`. */
export interface AdministrationEvent {
  readonly id: number;
  readonly name: string;
  readonly component: string;
  readonly arg?: string;
  readonly at: number;
  /** When what it reports began, such as the first reading of a streak; absent: at once. */
  readonly since?: number;
  /** One line: what raised it and on what evidence. */
  readonly why: string;
}

/** `effect`: what came of a decision; `control`: what administrators command, such as `hold`. */
export type JournalKind =
  | 'deployment'
  | 'event'
  | 'session'
  | 'step'
  | 'decision'
  | 'effect'
  | 'control'
  | 'operation'
  | 'migration'
  | 'component'
  | 'trouble'
  | 'load';

/** One line of the journal. `id` counts from 1; `cause` is the id of the entry that led to this one. */
export interface JournalEntry {
  readonly id: number;
  readonly at: number;
  readonly kind: JournalKind;
  readonly subject: string;
  /** A sentence for the operator. */
  readonly text: string;
  readonly cause?: number;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** A migration that ended well. */
export interface MigrationRecord {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  readonly startedAt: number;
  readonly elapsedMs: number;
  readonly downtimeMs: number;
  /** The event and decision that led to it, in one line. */
  readonly cause: string;
  /** When the event that led to it was raised, in milliseconds since the epoch. */
  readonly causedAt?: number;
  readonly mode?: MigrationOutcome['mode'];
  readonly transferredBytes?: number;
  /** Rounds of pre-copy, where known. */
  readonly iterations?: number;
  /** How long it waited for its turn before it began; not part of `elapsedMs`. */
  readonly waitedMs?: number;
}
