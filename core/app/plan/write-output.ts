import { writeFileSync } from 'node:fs';
import { AttituneError } from '../../model/errors.js';

/** Writes a result to the file that the administrator named. Throws `usage` where it cannot be written. */
export function writeOutput(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AttituneError('usage', `${file} cannot be written: ${reason}.`, { cause: error });
  }
}
