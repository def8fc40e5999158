import type { SessionRecord } from '../../model/store.js';
import type { JournalKeeping } from '../journal.js';
import type { ManagerParts } from '../manager-parts.js';
import type { StoredContext } from './kept-session.js';

/** How long a manager keeps its journal; what its sessions, and `others`, refer to is kept longer. */
export function keepingOf(
  { store, keepJournalMs }: Pick<ManagerParts, 'store' | 'keepJournalMs'>,
  others: () => readonly number[],
): JournalKeeping | undefined {
  if (!store || keepJournalMs === undefined) return undefined;
  return { forMs: keepJournalMs, needed: () => [...others(), ...store.sessions().flatMap(entriesOf)] };
}

/** The entries that a session that goes on refers to. */
function entriesOf({ entry, context }: SessionRecord): readonly number[] {
  const { cause, current, granted } = context as StoredContext;
  return [entry, cause, current, granted].filter((id) => id !== undefined && id > 0) as number[];
}
