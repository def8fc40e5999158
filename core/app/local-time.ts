import { SystemClock } from '../model/clock.js';
import { LocalInfrastructure } from '../../wrappers/hosts/index.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import type { RunningTime } from './infrastructures.js';
import { alive, openStore, type KeptOptions } from './kept-system.js';
import type { Terminal } from './terminal.js';

/** This machine in real time, with a store that outlives the process. Throws `store`. */
export function localTime(terminal: Terminal, name: string, options: KeptOptions): RunningTime {
  return {
    store: openStore(terminal, name, options),
    infrastructure: new LocalInfrastructure({ clock: new SystemClock(), load: new HttpLoadGenerator() }),
    drive: alive,
  };
}
