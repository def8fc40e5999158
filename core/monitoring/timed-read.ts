import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { ProbeInstance } from '../model/probe.js';

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

/**
 * Measures once; never rejects. A read that takes longer than `limitMs` is told so by its signal and left alone: its
 * answer, should it still come, is dropped.
 */
export async function timedRead(
  read: ProbeInstance['read'],
  unit: string,
  limitMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ReadOutcome> {
  const at = clock.now();
  const cutOff = new AbortController();
  const onStop = () => cutOff.abort(signal.reason);
  if (signal.aborted) onStop();
  signal.addEventListener('abort', onStop, { once: true });
  const timer = clock.setTimeout(() => {
    cutOff.abort(new AttituneError('operation-timeout', `It took longer than ${limitMs} ms.`));
  }, limitMs);
  const since = () => Math.max(0, clock.now() - at);
  try {
    const value = await Promise.race([aborted(cutOff.signal), read(cutOff.signal)]);
    if (value === undefined) return { at, durationMs: since() };
    const impossible = whyImpossible(value, unit);
    return impossible ? { at, durationMs: since(), error: impossible } : { at, durationMs: since(), value };
  } catch (error) {
    return { at, durationMs: since(), error: AttituneError.from(error, 'operation-failed') };
  } finally {
    clock.clearTimeout(timer);
    signal.removeEventListener('abort', onStop);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

function whyImpossible(value: number, unit: string): AttituneError | undefined {
  if (Number.isFinite(value) && value >= 0 && !(unit === 'ratio' && value > HIGHEST_RATIO)) return undefined;
  return new AttituneError('protocol', `It gave ${value}, which cannot be for a measure in "${unit}".`);
}
