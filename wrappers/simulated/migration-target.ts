import { AttituneError } from '../../core/model/errors.js';
import type { DomainDescription, MigrationTarget } from '../../core/model/hypervisor.js';
import { compareModels } from './cpu-models.js';
import { assertIdentityFree } from './definition.js';
import { assertDisksPresent } from './disk-locks.js';
import { assertNetworks } from './domain-start.js';
import type { SimulatedCluster } from './simulated-cluster.js';
import type { SimulatedHost } from './simulated-host.js';

/** A domain that wants to move. */
export interface Traveller {
  readonly name: string;
  readonly uuid: string;
  readonly description: DomainDescription;
  /** What it must find on its target to run there; absent for a definition alone. */
  readonly live?: { readonly memoryMiB: number; readonly cpuModel: string };
}

/** The migration of a domain failed, and this is why; it stays where it is. */
export function migrationFailed(name: string, source: string, target: string, why: string): AttituneError {
  return new AttituneError(
    'migration-failed',
    `${name} could not be migrated from ${source} to ${target}: ${why}. It stays on ${source}.`,
  );
}

export function migrationAborted(name: string, source: string, target: string, signal?: AbortSignal): AttituneError {
  return new AttituneError(
    'migration-aborted',
    `The migration of ${name} from ${source} to ${target} was aborted; it stays on ${source}.`,
    { cause: signal?.reason },
  );
}

/** The host that takes the domain. Throws `migration-failed` where none can. */
export function receiver(
  cluster: SimulatedCluster,
  source: SimulatedHost,
  traveller: Traveller,
  target: MigrationTarget,
): SimulatedHost {
  const { name, uuid, description, live } = traveller;
  const fail = (why: string) => migrationFailed(name, source.name, target.host, why);
  const destination = cluster.hostByUri(target.uri);
  if (!destination?.connected || !cluster.linked(source, destination))
    throw fail(`${target.host} (${target.uri}) does not answer`);
  if (destination === source) throw fail('it is there already');
  if (destination.active(name) || (!live && destination.definitions.has(name)))
    throw fail(`${target.host} already has a domain of that name`);
  explained(fail, () => assertIdentityFree(destination.name, destination.list(), { ...description, uuid }));
  if (!live) return destination;
  if (!destination.hasRoomFor(live.memoryMiB)) throw fail(`${target.host} has no ${live.memoryMiB} MiB of memory left`);
  if (compareModels(destination.cpuModel, live.cpuModel) === 'incompatible')
    throw fail(`its CPU, ${live.cpuModel}, is incompatible with that of ${target.host}, ${destination.cpuModel}`);
  if (description.disks.length > 0 && destination.sharing !== source.sharing)
    throw fail(`its disks are not on storage that ${target.host} shares`);
  explained(fail, () => {
    assertNetworks(destination, description);
    assertDisksPresent(destination, description);
  });
  return destination;
}

/** What a target says when it is asked to prepare becomes the reason of the failure. */
function explained(fail: (why: string) => AttituneError, check: () => void): void {
  try {
    check();
  } catch (error) {
    throw fail(AttituneError.from(error).message.replace(/\.$/, ''));
  }
}
