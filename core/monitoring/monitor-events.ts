import type { AttituneError } from '../model/errors.js';

/** What a detector found. */
export interface DetectedEvent {
  readonly name: string;
  readonly component: string;
  /** A sentence with the evidence. */
  readonly why: string;
  readonly at: number;
  /** When the first reading of the streak that led to it was taken. */
  readonly firstSeenAt: number;
}

/** A probe that began to fail, or works again; said once each, not at every reading. */
export interface ProbeTrouble {
  readonly probe: string;
  /** The component that was to be measured; the name of the class or family where that could not be told. */
  readonly component: string;
  readonly at: number;
  readonly recovered: boolean;
  /** A sentence for the operator. */
  readonly text: string;
  /** Absent where it recovered. */
  readonly error?: AttituneError;
}
