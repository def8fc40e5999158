import { join } from 'node:path';
import { moveAside, SqliteStore } from '../store/index.js';
import type { Watching } from '../loop/control/control.js';
import { keptName } from './kept-name.js';
import { stateFolder } from './state-folder.js';
import type { Terminal } from './terminal.js';

export interface KeptOptions {
  /** A dry run keeps nothing; a shadow keeps its own journal. */
  readonly watching?: Watching;
  readonly state?: string;
  readonly fresh?: boolean;
}

/** The store that a run needs, if it needs one. Throws `store`. */
export function storeOf(terminal: Terminal, name: string, options: KeptOptions): { readonly store?: SqliteStore } {
  const { watching } = options;
  if (watching === 'dry-run') return {};
  const store = openStore(terminal, keptName(name, watching), options);
  // a shadow looks anew each time; what it told before stays
  if (watching) store.removeSystem();
  return { store };
}

/** The store of a deployment on real hosts, `NAME.db`; with `fresh` a former one is moved aside. Throws `store`. */
function openStore(terminal: Terminal, name: string, options: KeptOptions): SqliteStore {
  const file = join(stateFolder(options.state), `${name}.db`);
  if (options.fresh === true) {
    const moved = moveAside(file, new Date());
    if (moved !== undefined)
      terminal.say(`What was stored of ${name} is in ${moved} now. What it had started is not stopped by this.`);
  }
  return new SqliteStore(file);
}

/** A deployment without probes sets no timer, and Node would end before it is told to. */
export async function alive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 60_000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}
