import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import type { DetectorSample, DetectorSubject } from '../../core/model/probe.js';
import { parseDurationMs, parseInteger } from '../../core/model/quantity.js';
import { parseLimit, scaleOf, type Scale } from './limit.js';
import { parseNamed } from './parameters.js';
import { checkSample } from './sample-check.js';

/** What detectors have in common that count how many of the last readings were beyond a limit. */
export interface KOfNConfig {
  readonly direction: 'above' | 'below';
  readonly edge: number;
  /** The other edge of the hysteresis: fewer than `points` readings beyond it re-arm the detector. */
  readonly clear: number;
  readonly points: number;
  readonly of: number;
  /** Absent: it fires once until it is re-armed. */
  readonly againMs?: number;
  readonly everyMs: number;
  readonly scale: Scale;
}

export interface KOfNState {
  readonly armed: boolean;
  /** The last readings that were due, oldest first; without a value where they are missing. */
  readonly last: readonly { readonly at: number; readonly value?: number }[];
  readonly firedAt?: number;
}

/** The XML attributes of such detectors, and what `points` and `of` are where they are not told. */
export const K_OF_N_ATTRIBUTES = ['above', 'below', 'points', 'of', 'clear', 'again'] as const;
const DEFAULTS = { points: '3', of: '5' };

const BEYOND = {
  above: (value: number, edge: number) => value > edge,
  below: (value: number, edge: number) => value < edge,
} as const;

/** Throws `xml-attribute` or `value`. */
export function readKOfN(
  type: string,
  parameters: Readonly<Record<string, string>>,
  everyMs: number,
  place: SourcePlace,
  subject: DetectorSubject | undefined,
): KOfNConfig {
  const { above, below, clear, again } = parameters;
  const text = above ?? below;
  if (text === undefined || (above !== undefined && below !== undefined))
    throw new AttituneError('xml-attribute', `A ${type} detector needs one of the attributes "above" and "below".`, {
      place,
    });
  const direction = above !== undefined ? 'above' : 'below';
  const scale = scaleOf(subject, text);
  const edge = parseLimit(direction, text, scale, place);
  const clearAt = clear === undefined ? edge : parseLimit('clear', clear, scale, place);
  if (direction === 'above' ? clearAt > edge : clearAt < edge)
    throw new AttituneError(
      'value',
      `Attribute clear: "${clear}" must be ${direction === 'above' ? 'at most' : 'at least'} "${text}" (${direction}): it is where the alarm ends.`,
      { place },
    );
  const whole = (name: 'points' | 'of', max?: number) =>
    parseNamed(name, parameters[name] ?? DEFAULTS[name], place, (value) =>
      parseInteger(value, place, { min: 1, max: max ?? 1000 }),
    );
  const of = whole('of');
  const againMs = again === undefined ? undefined : parseNamed('again', again, place, parseDurationMs);
  if (againMs === 0)
    throw new AttituneError('value', 'Attribute again: "0" would fire at each reading; give a time such as "30 s".', {
      place,
    });
  const points = whole('points', of);
  return { direction, edge, clear: clearAt, points, of, everyMs, scale, ...(againMs === undefined ? {} : { againMs }) };
}

/** What the last readings say. */
export interface KOfNVerdict {
  readonly state: KOfNState;
  /** So many of the last readings were beyond the edge, the newest being there, and it may fire. */
  readonly alarm: boolean;
  readonly beyond: number;
  readonly value: number | undefined;
  /** The first reading beyond the edge that counts. */
  readonly since: number;
}

/** Counts one reading. A missing one counts as one that was not beyond; it never raises an alarm. */
export function countReading(state: KOfNState, sample: DetectorSample, config: KOfNConfig): KOfNVerdict {
  const former = state.last.at(-1)?.at;
  const { value, missedBefore, backwards } = checkSample(sample, former, config.everyMs, config.scale);
  const missed = Array.from({ length: Math.min(missedBefore, config.of) }, () => ({ at: sample.at }));
  const kept = backwards ? [] : state.last;
  const last = [...kept, ...missed, value === undefined ? { at: sample.at } : { at: sample.at, value }].slice(
    -config.of,
  );
  const outside = (edge: number) =>
    last.filter((one) => 'value' in one && BEYOND[config.direction](one.value ?? NaN, edge));
  const beyond = outside(config.edge);
  // readings that are missing say nothing of whether it is over
  const quiet = last.filter((one) => 'value' in one).length - outside(config.clear).length;
  const over = value !== undefined && quiet > config.of - config.points;
  const armed = state.armed || over;
  const firedAt = state.firedAt === undefined ? undefined : Math.min(state.firedAt, sample.at);
  const again = config.againMs !== undefined && sample.at - (firedAt ?? -Infinity) >= config.againMs;
  const now = value !== undefined && BEYOND[config.direction](value, config.edge);
  return {
    state: { armed, last, ...(firedAt === undefined ? {} : { firedAt }) },
    alarm: now && beyond.length >= config.points && (armed || again),
    beyond: beyond.length,
    value,
    since: beyond[0]?.at ?? sample.at,
  };
}

/** The state after it fired. */
export function fired(state: KOfNState, at: number): KOfNState {
  return { armed: false, last: state.last, firedAt: at };
}
