import { join } from 'node:path';
import { SystemClock } from '../model/clock.js';
import { moveAside, SqliteStore } from '../store/index.js';
import { LocalInfrastructure } from '../../wrappers/hosts/index.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import type { RunningTime } from './infrastructures.js';
import { stateFolder } from './state-folder.js';
import type { Terminal } from './terminal.js';

/** This machine in real time, with a store that outlives the process. Throws `store`. */
export function localTime(
  terminal: Terminal,
  name: string,
  options: { readonly state?: string; readonly fresh?: boolean },
): RunningTime {
  const file = join(stateFolder(options.state), `${name}.db`);
  if (options.fresh === true) {
    const moved = moveAside(file, new Date());
    if (moved !== undefined)
      terminal.say(`What was stored of ${name} is in ${moved} now. What it had started is not stopped by this.`);
  }
  return {
    store: new SqliteStore(file),
    infrastructure: new LocalInfrastructure({ clock: new SystemClock(), load: new HttpLoadGenerator() }),
    drive: alive,
  };
}

/** A deployment without probes sets no timer, and Node would end before it is told to. */
async function alive<T>(promise: Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 60_000);
  try {
    return await promise;
  } finally {
    clearInterval(timer);
  }
}
