import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { ProbeInstance } from '../model/probe.js';
import { boundedRead } from './bounded-read.js';

/** What one attempt to measure came to. */
export interface ReadOutcome {
  /** Absent: none can be told yet, or it failed. */
  readonly value?: number;
  readonly error?: AttituneError;
  /** Milliseconds since the epoch, when it began. */
  readonly at: number;
  readonly durationMs: number;
}

/** A ratio above this is no measurement: helper threads and rounding explain a little above 1, not more. */
const HIGHEST_RATIO = 1.5;

/** Measures once, within `limitMs`; never rejects. */
export async function timedRead(
  read: ProbeInstance['read'],
  unit: string,
  limitMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadOutcome> {
  const at = clock.now();
  const since = () => Math.max(0, clock.now() - at);
  try {
    const value = await boundedRead(read, limitMs, clock, signal);
    if (value === undefined) return { at, durationMs: since() };
    const impossible = whyImpossible(value, unit);
    return impossible ? { at, durationMs: since(), error: impossible } : { at, durationMs: since(), value };
  } catch (error) {
    return { at, durationMs: since(), error: AttituneError.from(error, 'operation-failed') };
  }
}

/** An error where a value cannot be one of that unit. */
export function whyImpossible(value: number, unit: string): AttituneError | undefined {
  if (Number.isFinite(value) && value >= 0 && !(unit === 'ratio' && value > HIGHEST_RATIO)) return undefined;
  return new AttituneError('protocol', `It gave ${value}, which cannot be for a measure in "${unit}".`);
}
