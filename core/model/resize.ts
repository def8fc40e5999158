import { AttituneError } from './errors.js';
import { parseInteger, parseMemoryMiB, parseRatio } from './quantity.js';

/**
 * A new size from a former one, as an administrator writes it: as such (`512 MiB`, `2`), or as a change of it (`+128 MiB`,
 * `-1`, `+50 %`). Results are whole, and at least 1. Throw `value`.
 */
export const resizedMemoryMiB = resized('memory, such as "512 MiB", "+128 MiB" or "-25 %"', parseMemoryMiB);
/** The same for a number of virtual CPUs; a change in per cent is at least one CPU. */
export const resizedVcpus = resized('a number of CPUs, such as "2", "+1" or "+50 %"', (text) => parseInteger(text));

function resized(expected: string, parse: (text: string) => number) {
  return (text: string, former: number): number => {
    const [, sign = '', amount = ''] = /^\s*([+-]?)\s*(.*?)\s*$/s.exec(text) ?? [];
    const wrong = new AttituneError('value', `"${text}" is not ${expected}.`);
    const magnitude = () => {
      try {
        return sign !== '' && amount.endsWith('%') ? wholeChange(parseRatio(amount) * former) : parse(amount);
      } catch (error) {
        throw new AttituneError('value', wrong.message, { cause: error });
      }
    };
    const size = sign === '' ? magnitude() : former + (sign === '+' ? 1 : -1) * magnitude();
    if (!Number.isFinite(size) || Math.round(size) < 1) {
      throw new AttituneError('value', `"${text}" of ${former} leaves ${Math.round(size)}, and at least 1 is needed.`);
    }
    return Math.round(size);
  };
}

/** A change that is asked for is one, however small what it is a share of. */
function wholeChange(change: number): number {
  return change > 0 ? Math.max(1, Math.round(change)) : 0;
}
