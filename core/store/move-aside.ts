import { existsSync, renameSync } from 'node:fs';
import { AttituneError } from '../model/errors.js';
import { SqliteStore } from './sqlite-store.js';
import { isBusy, storeError } from './store-errors.js';

/**
 * Moves a store out of the way, to `FILE.TIME`, and returns its new path; `undefined` where there is none. Works for a
 * file that is damaged or no store at all. Throws `store` where another process uses it or it cannot be moved.
 */
export function moveAside(file: string, at: Date): string | undefined {
  if (!existsSync(file)) return undefined;
  try {
    // takes its lock, and brings what is still in the log beside it into the file
    new SqliteStore(file).close();
  } catch (error) {
    if (!AttituneError.is(error) || isBusy(error.cause)) throw error;
  }
  const target = `${file}.${at.toISOString().replaceAll(/[:.]/g, '-')}`;
  try {
    for (const suffix of ['', '-wal']) if (existsSync(file + suffix)) renameSync(file + suffix, target + suffix);
  } catch (error) {
    throw storeError(error, file);
  }
  return target;
}
