import { rm } from 'node:fs/promises';
import type { Journal } from '../../loop/journal.js';
import { SqliteStore } from '../../store/index.js';

/**
 * Writes all that a run has told into a store of its own, which `attitune why` and `attitune events` read; one of a former
 * run is replaced. Rejects with `store`.
 */
export async function keepJournal(journal: Journal, file: string): Promise<void> {
  await Promise.all(['', '-wal', '-shm'].map((ending) => rm(`${file}${ending}`, { force: true })));
  const store = new SqliteStore(file);
  try {
    store.transaction(() => {
      for (const page of journal.pages()) for (const entry of page) store.appendJournal(entry);
    });
  } finally {
    store.close();
  }
}
