import type { JournalEntry, JournalKind } from './administration.js';
import type { ControlSummary } from './control-summary.js';
import type { ControlMode } from './deployment.js';

/** What administrators command a manager; `source`: who says so and by which way, for the journal. */
export type ControlCommand = { readonly source: string } &
  /** The kill switch; `abort`: migrations that run, too. */
  (
    | { readonly command: 'hold'; readonly reason?: string; readonly abort?: boolean }
    | { readonly command: 'resume' }
    /** Answers to the question of that number. */
    | { readonly command: 'approve' | 'decline'; readonly id: number }
    /** Of a component, a host, the instances of a class, or a diagram. */
    | { readonly command: 'mode'; readonly name: string; readonly mode: ControlMode }
    /** Whether a host takes VMs. */
    | { readonly command: 'drain' | 'resume-host'; readonly host: string }
  );

/** A question that waits for an administrator. */
export interface PendingQuestion {
  readonly id: number;
  readonly diagram: string;
  readonly what: string;
  readonly at: number;
  /** Without an answer it counts as declined from then on. */
  readonly until: number;
}

export interface ControlStatus extends ControlSummary {
  readonly system: string;
  /** By the clock of the manager. */
  readonly at: number;
  readonly questions: readonly PendingQuestion[];
}

/** Which entries of a journal are wanted. */
export interface JournalQuery {
  /** The next ones with greater numbers than this; absent: the newest. */
  readonly after?: number;
  /** Not older than that, in milliseconds since the epoch. */
  readonly since?: number;
  readonly kinds?: readonly JournalKind[];
  /** About a component, a diagram or a goal: its subject, or named in what was decided. */
  readonly name?: string;
  /** So many at most, at most 1000; 200 unless told. */
  readonly limit?: number;
}

export interface JournalPart {
  readonly entries: readonly JournalEntry[];
  /** The number of the last entry that was looked at: what comes `after` it is new. */
  readonly last: number;
}

/** One entry of the journal, and what it belongs to. */
export interface Explanation {
  readonly entry: JournalEntry;
  /** What led to it, first cause first. */
  readonly causes: readonly JournalEntry[];
  /** What followed from it, in order: answers, operations, migrations, the effect. */
  readonly followed: readonly JournalEntry[];
}
