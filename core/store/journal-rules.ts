import type { JournalEntry } from '../model/administration.js';
import { AttituneError } from '../model/errors.js';

/** Entries of one page of the journal, where no limit is given. */
export const DEFAULT_PAGE = 1000;

/** Throws `store` for an id that does not grow: two managers would be writing, or one that did not read what is there. */
export function refuseId({ id }: JournalEntry, last: number): void {
  if (Number.isSafeInteger(id) && id > last) return;
  throw new AttituneError(
    'store',
    `Journal entry ${id} cannot follow entry ${last}: ids grow. This is a fault of AttiTUNe itself; please report it.`,
  );
}
