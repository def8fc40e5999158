/**
 * A program: the manager of one deployment on libvirt hosts, to be killed. `node fault-manager.js DEPLOYMENT STORE`; it
 * says `{ready: true}` once it is deployed or taken up, and `{entry}` for each entry of its journal, and raises the events
 * that it is sent. Told `SIGKILL` it is gone; it never takes anything down.
 */
import { composeManager, pluginsFor } from '../../../core/app/composition.js';
import { loadDeployment } from '../../../core/app/load-files.js';
import { machinePreparer } from '../../../core/app/vm/preparer.js';
import { SystemClock } from '../../../core/model/clock.js';
import { SqliteStore } from '../../../core/store/index.js';
import { LibvirtInfrastructure } from '../../../wrappers/hosts/index.js';
import { UndiciHttpClient } from '../../../wrappers/http/undici-http-client.js';
import { GuestAgentExecutor } from '../../../wrappers/language/executors/guest-agent.js';
import { LibvirtHypervisor } from '../../../wrappers/libvirt/index.js';
import { ReconnectingHypervisor } from '../../../wrappers/libvirt/reconnecting-hypervisor.js';
import { MACHINE_RANDOM } from '../../../wrappers/vm/identity/index.js';
import type { FromManager, ToManager } from './manager-messages.js';

const [file = '', state = ''] = process.argv.slice(2);
const tell = (message: FromManager) => process.send?.(message);
const clock = new SystemClock();
const { loaded, errors } = loadDeployment(file, pluginsFor);
if (!loaded) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
const infrastructure = new LibvirtInfrastructure({
  clock,
  http: new UndiciHttpClient(),
  load: {
    start: () => {
      throw new Error('no load is driven here');
    },
  },
  // the hosts of the lab share one folder of one machine, which libvirt cannot see
  connect: ({ name, uri }) =>
    ReconnectingHypervisor.open({
      host: name,
      uri,
      connect: () => LibvirtHypervisor.connect({ host: name, uri, clock, unsafe: true }),
      clock,
      random: MACHINE_RANDOM,
    }),
  preparer: machinePreparer(clock),
  guestExecutor: (domain, host) => new GuestAgentExecutor(domain, host, domain, clock),
});
const { manager, bus } = composeManager(
  loaded,
  infrastructure,
  (error) => tell({ failure: String(error) }),
  new SqliteStore(state),
);
bus.subscribe('journal', (entry) => tell({ entry }));
process.on('message', ({ raise: { name, component, arg } }: ToManager) => {
  manager.events.raise({ name, component, ...(arg === undefined ? {} : { arg }), why: 'the test asked for it' });
});
process.on('disconnect', () => process.exit(1));
try {
  await manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined });
  tell({ ready: true });
} catch (error) {
  tell({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
