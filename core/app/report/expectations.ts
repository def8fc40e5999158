import { AttituneError } from '../../model/errors.js';
import type { Expectation } from '../../model/scenario.js';
import { suggest } from '../../xml/index.js';
import { isText } from './measures.js';
import type { ExpectationResult } from './report.js';

/** What each comparison means, in words and in numbers. A missing value is `NaN`, for which none of them holds. */
export const COMPARISONS: Readonly<
  Record<
    Expectation['comparison'],
    { readonly words: string; readonly holds: (actual: number, expected: number) => boolean }
  >
> = {
  equals: { words: '=', holds: (actual, expected) => actual === expected },
  atMost: { words: '≤', holds: (actual, expected) => actual <= expected },
  atLeast: { words: '≥', holds: (actual, expected) => actual >= expected },
  below: { words: '<', holds: (actual, expected) => actual < expected },
  above: { words: '>', holds: (actual, expected) => actual > expected },
};

/** Factors of the units that the number of an expectation may carry; times are in milliseconds, shares are fractions. */
const UNITS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, min: 60_000, '%': 0.01 };

/** All that is wrong with expectations, before anything runs. `names` comes from `measureNames`. */
export function checkExpectations(expectations: readonly Expectation[], names: readonly string[]): AttituneError[] {
  const errors: AttituneError[] = [];
  for (const { that, comparison, to, place } of expectations) {
    if (!names.includes(that)) errors.push(unknownMeasure(that, names, place));
    else if (isText(that)) {
      if (comparison !== 'equals') errors.push(wrongComparison(that, place));
      continue;
    }
    if (quantity(to) !== undefined || names.includes(to)) continue;
    const error =
      /^[-+.\d]/.test(to.trim()) || to.trim() === '' ? wrongNumber(to, place) : unknownMeasure(to, names, place);
    errors.push(error);
  }
  return errors;
}

/**
 * Compares the measures of a run with what was expected of it.
 * @throws AttituneError of the first expectation that `checkExpectations` finds wrong
 */
export function evaluate(
  expectations: readonly Expectation[],
  measures: Readonly<Record<string, number | string>>,
): ExpectationResult[] {
  const [error] = checkExpectations(expectations, Object.keys(measures));
  if (error) throw error;
  return expectations.map((expectation) => {
    const { that, comparison, to } = expectation;
    if (isText(that)) return compareText(expectation, measures[that]);
    const literal = quantity(to);
    const expected = literal ?? numberOf(measures[to]);
    const actual = numberOf(measures[that]);
    return {
      that,
      comparison,
      expected: known(expected),
      ...(literal === undefined ? { expectedMeasure: to } : {}),
      actual: known(actual),
      passed: COMPARISONS[comparison].holds(actual, expected),
    };
  });
}

/** Words count, in whatever order and with whatever spaces between them. */
function compareText({ that, comparison, to }: Expectation, value: number | string | undefined): ExpectationResult {
  const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');
  const expected = words(to).join(' ');
  const actual = typeof value === 'string' ? value : null;
  const sorted = (text: string) => words(text).sort().join(' ');
  return { that, comparison, expected, actual, passed: actual !== null && sorted(actual) === sorted(expected) };
}

function numberOf(value: number | string | undefined): number {
  return typeof value === 'number' ? value : NaN;
}

/** `500`, `0.4`, `500 ms`, `10 s`, `40 %`; `undefined` for anything else. */
function quantity(text: string): number | undefined {
  const match = /^\s*([-+]?\d+(?:\.\d+)?)\s*(ms|s|min|%|)\s*$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (UNITS[match[2] ?? ''] ?? NaN);
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}

function wrongNumber(text: string, place: Expectation['place']): AttituneError {
  const message = `"${text}" is neither a number (500, 500 ms, 10 s, 40 %) nor the name of a measure.`;
  return new AttituneError('value', message, { place });
}

function wrongComparison(name: string, place: Expectation['place']): AttituneError {
  return new AttituneError('value', `${name} is a text: compare it by equals="…".`, { place });
}

function unknownMeasure(name: string, names: readonly string[], place: Expectation['place']): AttituneError {
  const message = `a report has no measure "${name}".${suggest(name, names)}`;
  return new AttituneError('unknown-measure', message, { place, details: { measure: name } });
}
