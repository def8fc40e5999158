import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { journalOf, type JournalView } from '../../loop/decisions/explain.js';
import { AttituneError } from '../../model/errors.js';
import type { Questions } from '../../model/messages.js';
import { SqliteStore } from '../../store/index.js';
import { suggest } from '../../xml/suggest.js';
import { runningIn } from '../intake/ask-socket.js';
import { askOne, type ManagerPlace } from '../manager/ask-one.js';
import { stateFolder } from '../state-folder.js';

const STORE_ENDING = '.db';

/**
 * Answers a question about a journal: the manager on the bus, or on this machine, else, where none runs, the store that the
 * last one left. Rejects as `askOne`, or with `file-not-found`, `usage` or `store`.
 */
export async function askJournal<Q extends 'manager.why' | 'manager.journal'>(
  question: Q,
  asks: Questions[Q]['asks'],
  where: ManagerPlace,
  ofStore: (journal: JournalView) => Questions[Q]['answers'],
): Promise<Questions[Q]['answers']> {
  if (where.bus !== undefined) return askOne(question, asks, where);
  const folder = stateFolder(where.state);
  const running = await runningIn(folder);
  const runs = where.deployment === undefined ? running.length > 0 : running.includes(where.deployment);
  if (runs) return askOne(question, asks, where);
  const store = new SqliteStore(storeIn(folder, where.deployment));
  try {
    return ofStore(journalOf(store));
  } finally {
    store.close();
  }
}

/** The store of a deployment, or the only one of the folder. */
function storeIn(folder: string, deployment: string | undefined): string {
  const names = existsSync(folder)
    ? readdirSync(folder).flatMap((file) => (file.endsWith(STORE_ENDING) ? [file.slice(0, -STORE_ENDING.length)] : []))
    : [];
  if (deployment !== undefined) {
    if (names.includes(deployment)) return join(folder, `${deployment}${STORE_ENDING}`);
    throw new AttituneError(
      'file-not-found',
      `Nothing is kept of ${deployment} in ${folder}.${suggest(deployment, names)}`,
    );
  }
  const [name, another] = names;
  if (name === undefined)
    throw new AttituneError(
      'file-not-found',
      `No manager runs with its state in ${folder}, and nothing is kept there. Name the folder with --state or ATTITUNE_STATE, or a bus with --bus.`,
    );
  if (another === undefined) return join(folder, `${name}${STORE_ENDING}`);
  throw new AttituneError(
    'usage',
    `Several systems are kept in ${folder}: ${names.join(', ')}. Choose with --deployment NAME.`,
  );
}
