import { SystemClock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import { askCluster } from '../manager/ask-cluster.js';
import { asMember, type ClientOptions } from '../manager/join-as-client.js';
import type { Terminal } from '../terminal.js';
import { sayTheSilent } from '../vm/fleet.js';
import { HOSTS_VARIABLE, type HostOptions } from '../vm/host-selection.js';
import { withFleet } from '../vm/with-fleet.js';
import { fleetCluster } from './fleet-cluster.js';
import { documentSnapshot, liveSnapshot, type Snapshot } from './snapshot-file.js';

/** Where a live cluster is asked for: hosts of libvirt where any are named, else a manager on the bus. */
export interface LiveOptions extends HostOptions, ClientOptions {
  /** The manager's name, where there are several. */
  readonly manager?: string;
}

/** The cluster as it is now. Rejects as `askCluster` and `withFleet` do. */
export async function liveCluster(terminal: Terminal, options: LiveOptions): Promise<Snapshot> {
  const named = options.hosts !== undefined || (options.connect?.length ?? 0) > 0 || options.lab === true;
  const onBus = options.bus !== undefined || options.manager !== undefined;
  if (named && onBus)
    throw new AttituneError('usage', 'Use either hosts (--hosts, --connect, --lab) or a manager (--bus, --manager).');
  if (named || (!onBus && process.env[HOSTS_VARIABLE])) return fromHosts(terminal, options);
  const text = await asMember(options, 'client', new SystemClock(), (member) => askCluster(member, options.manager));
  return documentSnapshot(text, 'the manager', { live: true });
}

function fromHosts(terminal: Terminal, options: LiveOptions): Promise<Snapshot> {
  return withFleet(terminal, options, async (fleet, task) => {
    sayTheSilent(fleet, task);
    return liveSnapshot(await fleetCluster(fleet), 'the hosts');
  });
}
