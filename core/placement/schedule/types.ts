/** A move that a search wants: where a VM is to be in the end. */
export interface WantedMove {
  readonly vm: number;
  readonly to: number;
}

/** A migration of a schedule. */
export interface ScheduledMove {
  readonly vm: number;
  readonly from: number;
  readonly to: number;
  /** Of a VM that is migrated twice, since no room was free where it is to be: its first migration, and its second. */
  readonly leg?: 'aside' | 'onward';
}

/** Moves that cannot be reached without breaking a rule on the way, and why. */
export interface DroppedMove extends WantedMove {
  readonly why: string;
}

/**
 * Migrations in steps: those of a step may run side by side and end in any order; the next step begins when all of them
 * have ended. `Schedule = schedule(problem, moves, rules?)`.
 */
export interface Schedule {
  readonly steps: readonly (readonly ScheduledMove[])[];
  readonly dropped: readonly DroppedMove[];
}
