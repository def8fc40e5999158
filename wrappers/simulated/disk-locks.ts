import { posix } from 'node:path';
import { AttituneError } from '../../core/model/errors.js';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import type { SimulatedHost } from './simulated-host.js';

/**
 * Refuses a domain that would write to a disk which another one, on any host that shares it, has open, as libvirt's
 * virtlockd does. Throws `disk-in-use`, with the path in `details.lock`.
 */
export function assertDisksFree(
  hosts: readonly SimulatedHost[],
  host: SimulatedHost,
  { name, disks }: DomainDescription,
): void {
  const wanted = new Set(disks.filter(({ readOnly }) => readOnly !== true).map(({ path }) => posix.normalize(path)));
  if (wanted.size === 0) return;
  for (const other of hosts.filter(({ sharing }) => sharing === host.sharing)) {
    for (const domain of other.domains.values()) {
      const held = domain.description.disks.find(
        ({ path, readOnly }) => readOnly !== true && wanted.has(posix.normalize(path)),
      );
      if (!held) continue;
      throw new AttituneError(
        'disk-in-use',
        `${host.name} cannot start ${name}: its disk ${held.path} is in use by ${domain.name} on ${other.name}. ` +
          'Two domains that write to one disk ruin it: stop the other one first.',
        { details: { lock: held.path, holder: domain.name, host: other.name } },
      );
    }
  }
}

/** Throws `hypervisor` where a disk should be in a pool of the host and is not there. Disks elsewhere are taken to exist. */
export function assertDisksPresent(host: SimulatedHost, { name, disks }: DomainDescription): void {
  for (const { path } of disks) {
    const folder = [...host.pools.values()].find(
      (pool) => pool.folder.path === posix.dirname(posix.normalize(path)),
    )?.folder;
    if (!folder || folder.volumes.has(posix.basename(path))) continue;
    throw new AttituneError('hypervisor', `${host.name} cannot start ${name}: its disk ${path} does not exist there.`);
  }
}
