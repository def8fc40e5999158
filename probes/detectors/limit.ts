import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import type { DetectorSubject } from '../../core/model/probe.js';
import { parseDurationMs, parseMemoryMiB, parseRatio } from '../../core/model/quantity.js';
import { parseNamed } from './parameters.js';

/** How a limit of each unit is read and written; what a probe measures in no unit of its own is a plain number. */
interface LimitUnit {
  readonly parse: (text: string, place: SourcePlace) => number;
  readonly format: (value: number) => string;
  /** Readings above this are impossible. */
  readonly highest: number;
}

const UNITS = {
  ratio: { parse: ratio, format: (value) => `${decimal(value * 100)} %`, highest: 1.5 },
  ms: { parse: parseDurationMs, format: (value) => `${decimal(value)} ms`, highest: Infinity },
  MiB: { parse: parseMemoryMiB, format: (value) => `${decimal(value)} MiB`, highest: Infinity },
  number: { parse: number, format: (value) => String(Number(value.toPrecision(3))), highest: Infinity },
} as const satisfies Record<string, LimitUnit>;

export type LimitUnitName = keyof typeof UNITS;

/** How limits of one detector are written in its sentences. */
export interface Scale {
  /** The measure as a sentence begins with it: `CPU`, `Http latency`. */
  readonly label: string;
  readonly unit: LimitUnitName;
}

/** The scale of a probe's readings; without a subject, that of a limit as it is written (`80 %`, `200 ms`, `4`). */
export function scaleOf(subject: DetectorSubject | undefined, limit: string): Scale {
  if (subject) {
    return {
      label: labelOf(subject.measure),
      unit: subject.unit in UNITS ? (subject.unit as LimitUnitName) : 'number',
    };
  }
  const fits = (['number', 'ratio', 'ms', 'MiB'] as const).find((unit) => parses(unit, limit));
  return { label: 'Value', unit: fits ?? 'ratio' };
}

/** Throws `value` with the attribute's name before what was expected. */
export function parseLimit(name: string, text: string, scale: Scale, place: SourcePlace): number {
  return parseNamed(name, text, place, UNITS[scale.unit].parse);
}

export function formatLimit(value: number, scale: Scale): string {
  return UNITS[scale.unit].format(value);
}

/** False for what no machine can measure: no number, a negative one, or a ratio far beyond 1. */
export function isPlausible(value: number, scale: Scale): boolean {
  return Number.isFinite(value) && value >= 0 && value <= UNITS[scale.unit].highest;
}

const ACRONYMS: Readonly<Record<string, string>> = { cpu: 'CPU', http: 'HTTP', io: 'I/O' };

function labelOf(measure: string): string {
  const words = measure.split('-').map((word) => ACRONYMS[word] ?? word);
  const text = words.join(' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function parses(unit: LimitUnitName, text: string): boolean {
  try {
    UNITS[unit].parse(text, { file: '', line: 1, column: 1 });
    return true;
  } catch {
    return false;
  }
}

function ratio(text: string, place: SourcePlace): number {
  const value = parseRatio(text, place);
  if (value > 1) {
    const meant = /%/.test(text) ? 'at most "100 %"' : `"${text.trim()} %", at most "100 %"`;
    throw new AttituneError('value', `"${text}" is above 1, and this is a share of a whole: write ${meant}.`, {
      place,
    });
  }
  return value;
}

function number(text: string, place: SourcePlace): number {
  if (!/^\s*\d+(\.\d+)?\s*$/.test(text)) {
    throw new AttituneError('value', `"${text}" is not a number such as "4" or "2.5"; this measure has no unit.`, {
      place,
    });
  }
  return Number(text);
}

/** Whole numbers where they tell enough, one decimal where not. */
function decimal(value: number): string {
  return String(value >= 10 ? Math.round(value) : Math.round(value * 10) / 10);
}
