import { AttituneError, type SourcePlace } from './errors.js';

/** Quantities as administrators write them: `384 MiB`, `1.5 s`, `80 %`, `250 /s`. All throw `value` with what was expected. */

/** No quantity is longer, and a longer text would only keep the expression busy. */
const LONGEST = 100;

const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };
const MEMORY_MIB: Readonly<Record<string, number>> = {
  KiB: 1 / 1024,
  MiB: 1,
  GiB: 1024,
  TiB: 1024 * 1024,
  kB: 1000 / 1048576,
  MB: 1e6 / 1048576,
  GB: 1e9 / 1048576,
  TB: 1e12 / 1048576,
};
const BANDWIDTH_MIBPS: Readonly<Record<string, number>> = {
  'KiB/s': 1 / 1024,
  'MiB/s': 1,
  'GiB/s': 1024,
  'MB/s': 1e6 / 1048576,
  'Mbit/s': 1e6 / 8 / 1048576,
  'Gbit/s': 1e9 / 8 / 1048576,
};
const RATE_PER_SECOND: Readonly<Record<string, number>> = { '/s': 1, '/min': 1 / 60, '/h': 1 / 3600 };
const RATIO: Readonly<Record<string, number>> = { '%': 0.01 };

/** Milliseconds of a duration such as `500 ms`, `1 s`, `2 min`, `1 h`, `7 d`. */
export const parseDurationMs = quantity('a duration such as "500 ms", "10 s" or "2 min"', DURATION_MS);
/** MiB of a size such as `384 MiB` or `2 GiB`. */
export const parseMemoryMiB = quantity('a size of memory such as "384 MiB" or "2 GiB"', MEMORY_MIB);
/** MiB per second of a bandwidth such as `100 MiB/s` or `1 Gbit/s`. */
export const parseBandwidthMiBps = quantity('a bandwidth such as "100 MiB/s" or "1 Gbit/s"', BANDWIDTH_MIBPS);
/** Events per second of a rate such as `250 /s` or `30 /min`. */
export const parseRate = quantity('a rate such as "250 /s"', RATE_PER_SECOND);
/** A fraction of 1 of a ratio such as `80 %`; a bare number is taken as the fraction itself. */
export const parseRatio = quantity('a ratio such as "80 %" or "0.8"', RATIO, 1);

/** A whole number within bounds. */
export function parseInteger(text: string, place?: SourcePlace, bounds: { min?: number; max?: number } = {}): number {
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = bounds;
  const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : NaN;
  if (!(value >= min && value <= max)) {
    const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
    throw new AttituneError('value', `"${text}" is not a whole number ${range}.`, { place });
  }
  return value;
}

/** `upper` may be `Infinity` (`*`). */
export interface Cardinality {
  readonly lower: number;
  readonly upper: number;
}

/** A cardinality: `1`, `0..1`, `1..*`, `*` (any number), `2..5`. */
export function parseCardinality(text: string, place?: SourcePlace): Cardinality {
  const match = text.length > LONGEST ? null : /^\s*(?:(\d+)\s*\.\.\s*)?(\d+|\*)\s*$/.exec(text);
  if (!match)
    throw new AttituneError('value', `"${text}" is not a cardinality such as "1", "0..1", "1..*" or "*".`, { place });
  const upper = match[2] === '*' ? Infinity : Number(match[2]);
  const lower = match[1] !== undefined ? Number(match[1]) : upper === Infinity ? 0 : upper;
  if (lower > upper || upper === 0) {
    throw new AttituneError(
      'value',
      `The cardinality "${text}" allows nothing: its upper bound must be at least 1 and at least its lower bound.`,
      { place },
    );
  }
  return { lower, upper };
}

export function formatCardinality({ lower, upper }: Cardinality): string {
  if (lower === upper) return String(lower);
  const end = upper === Infinity ? '*' : String(upper);
  return lower === 0 && upper === Infinity ? '*' : `${lower}..${end}`;
}

function quantity(expected: string, units: Readonly<Record<string, number>>, bare?: number) {
  return (text: string, place?: SourcePlace): number => {
    const match = text.length > LONGEST ? null : /^\s*(\d+(?:\.\d+)?)\s*(\S*)\s*$/.exec(text);
    const unit = match?.[2] ?? '';
    const factor = unit === '' ? bare : Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (!match || factor === undefined) {
      const known = Object.keys(units).join(', ');
      throw new AttituneError('value', `"${text}" is not ${expected} (units: ${known}).`, { place });
    }
    return Number(match[1]) * factor;
  };
}
