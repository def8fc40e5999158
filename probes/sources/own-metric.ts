import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import { parseDurationMs } from '../../core/model/quantity.js';
import { BoundedPattern } from './bounded-pattern.js';

/** What the probes of users' own metrics have in common: their unit, their numbers, their patterns. */

/** A parameter as `Probe.parameters` describes it. */
export const UNIT_PARAMETER = {
  name: 'unit',
  required: false,
  description:
    'Of the number, such as "jobs". Limits of "ratio", "ms" and "MiB" are written "80 %", "200 ms", "64 MiB". Default: none.',
} as const;

const UNIT = /^[\p{L}\p{N}%/°][\p{L}\p{N} %/°._-]{0,31}$/u;

export function unitOf({ unit = '' }: Readonly<Record<string, string>>): string {
  return unit;
}

/** Throws `value`. */
export function checkUnit({ unit }: Readonly<Record<string, string>>, place: SourcePlace): void {
  if (unit === undefined || UNIT.test(unit)) return;
  throw new AttituneError('value', `"${unit}" is no unit such as "jobs" or "MiB", of at most 32 characters.`, {
    place,
  });
}

/** Throws `value` with the parameter's name. */
export function checkDuration(name: string, text: string | undefined, place: SourcePlace): void {
  if (text === undefined) return;
  const ms = named(name, place, () => parseDurationMs(text, place));
  if (ms > 0) return;
  throw new AttituneError('value', `Parameter ${name}: "${text}" must be more than 0.`, { place });
}

/** One of a few words. Throws `value`. */
export function oneOf<T extends string>(
  name: string,
  text: string | undefined,
  words: readonly T[],
  place?: SourcePlace,
): T {
  const word = words.find((candidate) => candidate === text) ?? (text === undefined ? words[0] : undefined);
  if (word !== undefined) return word;
  throw new AttituneError('value', `Parameter ${name}: "${text}" is none of ${words.join(', ')}.`, { place });
}

/** A pattern with one group, or with at most one. Throws `value`. */
export function patternOf(source: string, groups: { readonly atLeast: 0 | 1 }, place?: SourcePlace): BoundedPattern {
  const pattern = new BoundedPattern(source, place);
  if (pattern.groups <= 1 && pattern.groups >= groups.atLeast) return pattern;
  const wanted = groups.atLeast === 1 ? 'exactly one group (…), around the number' : 'at most one group (…)';
  throw new AttituneError(
    'value',
    `The pattern "${source}" has ${pattern.groups} groups and must have ${wanted}; groups for other purposes are written (?:…).`,
    { place },
  );
}

/** Throws `value` where that is no finite number. */
export function numberOf(text: string, what: string): number {
  const value = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?\s*$/.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value)) return value;
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  throw new AttituneError('value', `${what} gave "${shown}", which is no finite number.`);
}

/** The last number in a text. */
export function lastNumber(text: string): string | undefined {
  return text.match(/(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?(?![\w])/g)?.at(-1);
}

export function named<T>(name: string, place: SourcePlace | undefined, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!AttituneError.is(error, 'value')) throw error;
    throw new AttituneError('value', `Parameter ${name}: ${error.message}`, { place, cause: error });
  }
}
