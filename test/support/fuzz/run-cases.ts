import { AttituneError, ERROR_CODES } from '../../../core/model/errors.js';
import { SeededRandom } from '../../../core/model/random.js';
import type { FuzzFormat } from './formats.js';
import { mutate, pick } from './mutate.js';

/** A case that a reader did not stand. */
export interface FuzzFault {
  readonly format: string;
  readonly number: number;
  readonly what: string;
  readonly text: string;
}

/** The text of one case; the same for the same seed and number. */
export function caseText(format: FuzzFormat, seed: number, number: number): string {
  const random = new SeededRandom(seed * 1_000_003 + number);
  return mutate(pick(format.texts, random), random, format.texts);
}

/** Runs one case. `undefined` where the reader stood it. */
export function runCase(format: FuzzFormat, text: string): string | undefined {
  const before = fingerprint();
  let fault: string | undefined;
  try {
    fault = format
      .read(text)
      .map((error) => faultOf(error, text))
      .find((found) => found !== undefined);
  } catch (error) {
    fault = `it threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
  }
  if (fingerprint() !== before) fault = 'it changed a prototype';
  return fault;
}

/** An error for administrators has a code of the table, a place that exists, and hides no fault of a program. */
function faultOf(error: AttituneError, text: string): string | undefined {
  if (!(error instanceof AttituneError)) return `it gave ${String(error)}, which is no AttituneError`;
  if (!Object.hasOwn(ERROR_CODES, error.code) || error.code === 'internal') return `code ${error.code}: ${error.stack}`;
  const { cause } = error;
  const hidden = cause instanceof TypeError || cause instanceof RangeError || cause instanceof ReferenceError;
  if (hidden) return `${error.code} hides ${cause.stack ?? cause.message}`;
  const { line = 1, column = 1 } = error.place ?? {};
  if (!(line >= 1 && column >= 1)) return `a place ${line}:${column}`;
  const strange = ['undefined', '[object', 'NaN'].some((word) => error.message.includes(word) && !text.includes(word));
  if (strange) return `the message ${error.message}`;
  return undefined;
}

const PROTOTYPES: readonly object[] = [
  Object.prototype,
  Array.prototype,
  Function.prototype,
  Map.prototype,
  String.prototype,
];

/** The names of all that everything inherits. */
function fingerprint(): string {
  return PROTOTYPES.map((prototype) => Object.getOwnPropertyNames(prototype).length).join();
}
