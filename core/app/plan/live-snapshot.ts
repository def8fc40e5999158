import { AttituneError } from '../../model/errors.js';
import { askCluster } from '../manager/ask-cluster.js';
import { askOne, type ManagerPlace } from '../manager/ask-one.js';
import type { Terminal } from '../terminal.js';
import { sayTheSilent } from '../vm/fleet.js';
import { HOSTS_VARIABLE, type HostOptions } from '../vm/host-selection.js';
import { withFleet } from '../vm/with-fleet.js';
import { fleetCluster } from './fleet-cluster.js';
import { documentSnapshot, liveSnapshot, type Snapshot } from './snapshot-file.js';

/** Where a live cluster is asked for: hosts of libvirt where any are named, else a manager, by a bus or on this machine. */
export interface LiveOptions extends HostOptions, ManagerPlace {}

/** The cluster as it is now. Rejects as `askCluster` and `withFleet` do. */
export async function liveCluster(terminal: Terminal, options: LiveOptions): Promise<Snapshot> {
  const named = options.hosts !== undefined || (options.connect?.length ?? 0) > 0 || options.lab === true;
  const { bus, deployment, state } = options;
  const managed = [bus, deployment, state].some((told) => told !== undefined);
  if (named && managed)
    throw new AttituneError(
      'usage',
      'Use either hosts (--hosts, --connect, --lab) or a manager (--bus, --state, --deployment).',
    );
  if (named || (!managed && process.env[HOSTS_VARIABLE])) return fromHosts(terminal, options);
  const text = await askCluster((asks) => askOne('manager.cluster', asks, options));
  return documentSnapshot(text, 'the manager', { live: true });
}

function fromHosts(terminal: Terminal, options: LiveOptions): Promise<Snapshot> {
  return withFleet(terminal, options, async (fleet, task) => {
    sayTheSilent(fleet, task);
    return liveSnapshot(await fleetCluster(fleet), 'the hosts');
  });
}
