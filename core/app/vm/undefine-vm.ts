import type { VmHost } from '../../../wrappers/hosts/index.js';
import { AttituneError } from '../../model/errors.js';
import type { DomainDescription } from '../../model/hypervisor.js';
import type { Volume } from '../../model/storage.js';
import { findVm, isOff } from './find-vm.js';
import type { Fleet } from './fleet.js';

export interface Undefined {
  readonly host: string;
  /** Paths of the disks that it had. */
  readonly disks: readonly string[];
  readonly deleted: readonly string[];
  /** Disks that were to be deleted and were not, and why. */
  readonly kept: readonly string[];
}

/**
 * Forgets a virtual machine that is off. Its disks stay, unless they are to be deleted: those that it alone uses and that
 * are volumes of a storage pool.
 */
export async function undefineVm(fleet: Fleet, name: string, deleteDisks: boolean): Promise<Undefined> {
  const { host, domain } = await findVm(fleet, name);
  if (!isOff(domain)) {
    throw new AttituneError(
      'domain-state',
      `${name} is ${domain.state} on ${host.name}. Shut it down first: attitune vm shutdown ${name}.`,
    );
  }
  const { description } = await host.hypervisor.describe(name);
  const disks = description.disks.filter(({ readOnly }) => readOnly !== true).map(({ path }) => path);
  // what must not be deleted is looked for while nothing has been done yet
  const plan = deleteDisks ? await disksToDelete(fleet, host, description, disks) : undefined;
  await host.hypervisor.undefine(name);
  const deleted: string[] = [];
  const kept = [...(plan?.kept ?? [])];
  for (const { pool, name: volume, path } of plan?.volumes ?? []) {
    await host.hypervisor.storage.deleteVolume(pool, volume).then(
      () => deleted.push(path),
      (error: unknown) => kept.push(`${path}: ${AttituneError.from(error).message}`),
    );
  }
  return { host: host.name, disks, deleted, kept };
}

async function disksToDelete(
  { hosts }: Fleet,
  host: VmHost,
  { name }: DomainDescription,
  disks: readonly string[],
): Promise<{ readonly volumes: readonly Volume[]; readonly kept: readonly string[] }> {
  const volumes = await volumesOf(host);
  const users = await usersOfDisks(hosts, name);
  const chosen: Volume[] = [];
  const kept: string[] = [];
  for (const path of disks) {
    const volume = volumes.find((each) => each.path === path);
    const user = users.get(path);
    const overlay = volumes.find(({ backing }) => backing?.path === path);
    if (!volume) kept.push(`${path}: it is in no storage pool of ${host.name}`);
    else if (user !== undefined) kept.push(`${path}: ${user} uses it, too`);
    else if (overlay) kept.push(`${path}: ${overlay.name} is an overlay on it`);
    else chosen.push(volume);
  }
  return { volumes: chosen, kept };
}

async function volumesOf({ hypervisor: { storage } }: VmHost): Promise<readonly Volume[]> {
  const pools = (await storage.pools()).filter(({ active }) => active);
  return (await Promise.all(pools.map(({ name }) => storage.volumes(name)))).flat();
}

/** By path of a disk, another domain that has it: on any host, since they may share their storage. */
async function usersOfDisks(hosts: readonly VmHost[], except: string): Promise<ReadonlyMap<string, string>> {
  const users = new Map<string, string>();
  await Promise.all(
    hosts.map(async ({ hypervisor }) => {
      const others = (await hypervisor.list()).filter(({ name }) => name !== except);
      for (const { description } of await Promise.all(others.map(({ name }) => hypervisor.describe(name))))
        for (const { path } of description.disks) users.set(path, description.name);
    }),
  );
  return users;
}
