import { SystemClock, type Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Hypervisor } from '../model/hypervisor.js';
import { LibvirtInfrastructure } from '../../wrappers/hosts/index.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { GuestAgentExecutor } from '../../wrappers/language/executors/guest-agent.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { ReconnectingHypervisor } from '../../wrappers/libvirt/reconnecting-hypervisor.js';
import { MACHINE_RANDOM } from '../../wrappers/vm/identity/index.js';
import type { RunningTime } from './infrastructures.js';
import { alive, openStore, type KeptOptions } from './kept-system.js';
import type { Terminal } from './terminal.js';
import { machinePreparer } from './vm/preparer.js';

/** Real libvirt hosts in real time, with a store that outlives the process. Throws `store`. */
export function libvirtTime(terminal: Terminal, name: string, options: KeptOptions): RunningTime {
  const clock = new SystemClock();
  return {
    store: openStore(terminal, name, options),
    infrastructure: new LibvirtInfrastructure({
      clock,
      http: new UndiciHttpClient(),
      load: new HttpLoadGenerator(),
      connect: (host) => lastingConnection(host, clock),
      preparer: machinePreparer(clock),
      guestExecutor: (domain, host) => new GuestAgentExecutor(domain, host, domain, clock),
    }),
    drive: alive,
  };
}

/**
 * A connection that is made again whenever it is lost. A host that does not answer yet is taken as lost; anything else
 * that is wrong with the first attempt is not passed over.
 */
async function lastingConnection(
  { name, uri }: { readonly name: string; readonly uri: string },
  clock: Clock,
): Promise<Hypervisor> {
  let failure: unknown;
  const connect = async () => {
    try {
      return await LibvirtHypervisor.connect({ host: name, uri, clock });
    } catch (error) {
      failure ??= error;
      throw error;
    }
  };
  const hypervisor = await ReconnectingHypervisor.open({
    host: name,
    uri,
    connect,
    clock,
    random: MACHINE_RANDOM,
    startLost: true,
  });
  if (hypervisor.connected || AttituneError.is(failure, 'host-unreachable')) return hypervisor;
  await hypervisor.close();
  throw failure;
}
