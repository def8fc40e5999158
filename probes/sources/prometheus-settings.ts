import { AttituneError } from '../../core/model/errors.js';
import type { HttpResponse } from '../../core/model/executor.js';
import type { ProbeTarget } from '../../core/model/probe.js';
import { parseDurationMs } from '../../core/model/quantity.js';
import { oneOf } from './own-metric.js';
import { COMBINE, type Combination } from './series.js';

/** What the two ways of measuring by Prometheus have in common. */

export const AS = ['value', 'rate'] as const;
export const COMBINATIONS = Object.keys(COMBINE) as readonly Combination[];
export const DEFAULT_STALE = '1 min';
export const DEFAULT_TIMEOUT = '5 s';

/** Some programs' clocks are a little ahead of ours. */
const AHEAD_MS = 30_000;

export function timesOf({ parameters }: ProbeTarget): { readonly staleMs: number; readonly timeoutMs: number } {
  return {
    staleMs: parseDurationMs(parameters['stale'] ?? DEFAULT_STALE),
    timeoutMs: parseDurationMs(parameters['timeout'] ?? DEFAULT_TIMEOUT),
  };
}

/** One number of one or several; `what` names them. Throws `value` where several need a `combine`, or one is not finite. */
export function combined(values: readonly number[], { parameters }: ProbeTarget, what: string): number {
  const strange = values.find((value) => !Number.isFinite(value));
  if (strange !== undefined) throw new AttituneError('value', `${what} is ${strange}, which is no finite number.`);
  const [only, another] = values;
  if (another === undefined && only !== undefined) return only;
  if (parameters['combine'] !== undefined)
    return COMBINE[oneOf('combine', parameters['combine'], COMBINATIONS)](values);
  throw new AttituneError(
    'value',
    `${what} has ${values.length} series: choose by labels, or give combine="sum", "avg", "max" or "min".`,
  );
}

/** Throws `no-answer` for a sample that is too old, or of a time to come. */
export function refuseStale(at: number | undefined, now: number, staleMs: number, what: string): void {
  if (at === undefined || (now - at <= staleMs && at - now <= AHEAD_MS)) return;
  const age = now - at;
  const text =
    age > 0 ? `is ${Math.round(age / 1000)} s old, and stale after ${staleMs / 1000} s` : 'is of a time to come';
  throw new AttituneError('no-answer', `The newest sample of ${what} ${text}.`);
}

/** Throws `operation-failed` for an answer that is none. */
export function bodyOf({ status, body }: HttpResponse, url: string): string {
  if (status >= 200 && status < 300) return body;
  throw new AttituneError('operation-failed', `${url} was answered with status ${status}.`);
}
