import type { AgentDirectory } from '../loop/agents/index.js';
import { SystemClock } from '../model/clock.js';
import { LocalInfrastructure } from '../../wrappers/hosts/index.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import { MACHINE_RANDOM } from '../../wrappers/vm/identity/index.js';
import type { RunningTime } from './infrastructures.js';
import { alive, storeOf, type KeptOptions } from './kept-system.js';
import { hostAgents } from './manager/host-agents.js';
import type { Terminal } from './terminal.js';

/** This machine, and others by their agents, in real time, with a store that outlives the process. Throws `store`. */
export function localTime(
  terminal: Terminal,
  name: string,
  options: KeptOptions,
  directory?: AgentDirectory,
): RunningTime {
  const clock = new SystemClock();
  const agents = directory && hostAgents(directory, clock);
  return {
    ...storeOf(terminal, name, options),
    infrastructure: new LocalInfrastructure({ clock, load: new HttpLoadGenerator(), ...(agents ? { agents } : {}) }),
    random: MACHINE_RANDOM,
    drive: alive,
  };
}
