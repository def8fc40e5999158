import type { AgentDirectory } from '../loop/agents/index.js';
import { SystemClock } from '../model/clock.js';
import { LibvirtInfrastructure } from '../../wrappers/hosts/index.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { GuestAgentExecutor } from '../../wrappers/language/executors/guest-agent.js';
import { MACHINE_RANDOM } from '../../wrappers/vm/identity/index.js';
import type { RunningTime } from './infrastructures.js';
import { alive, storeOf, type KeptOptions } from './kept-system.js';
import { lastingConnection } from './lasting-connection.js';
import { hostAgents } from './manager/host-agents.js';
import type { Terminal } from './terminal.js';
import { machinePreparer } from './vm/preparer.js';

/** Real libvirt hosts in real time, with a store that outlives the process. Throws `store`. */
export function libvirtTime(
  terminal: Terminal,
  name: string,
  options: KeptOptions,
  directory?: AgentDirectory,
): RunningTime {
  const clock = new SystemClock();
  const agents = directory && hostAgents(directory, clock);
  return {
    ...storeOf(terminal, name, options),
    infrastructure: new LibvirtInfrastructure({
      clock,
      http: new UndiciHttpClient(),
      load: new HttpLoadGenerator(),
      connect: (host) => lastingConnection(host, clock),
      preparer: machinePreparer(clock),
      ...(agents ? { agents } : {}),
      guestExecutor: (domain, host) => new GuestAgentExecutor(domain, host, domain, clock),
    }),
    random: MACHINE_RANDOM,
    drive: alive,
  };
}
