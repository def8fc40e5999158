import type { Buffer } from 'node:buffer';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { labPaths } from '../../wrappers/lab/lab-paths.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import type { HypervisorContext } from '../contract/hypervisor-context.js';
import { busyDisk, ownDisk } from './busy-disk.js';
import { labDeployment, labInfrastructure } from './lab-infrastructure.js';

/** The only guest with an operating system, prepared once for whatever name it is asked for under. */
const GUEST = 'contract-guest';
const GUEST_MIB = 160;

/**
 * Two hosts of the lab for the contract of hypervisors. Most domains are tiny ones that wait in their BIOS, each with a
 * disk of its own on the storage that the hosts share; one is a real guest with an agent.
 */
export async function startLabContext(): Promise<HypervisorContext> {
  const lab = labInfrastructure(1);
  const deployment = labDeployment('host1', 'host2');
  const [machine] = deployment.classes;
  const classes = machine ? [{ ...machine, attributes: { image: 'debian' } }] : [];
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  await lab.up({ ...deployment, classes }, undefined, options);
  try {
    const request = { name: GUEST, image: 'debian', memoryMiB: GUEST_MIB, vcpus: 1, host: 'host1' };
    const guest = (await lab.prepareDomain(request)).description;
    const folder = join(labPaths().lab, 'contract');
    mkdirSync(folder, { recursive: true });
    const uris = new Map(lab.hosts().map(({ name, migrationUri }) => [name, migrationUri]));
    const connect = (host: string) =>
      LibvirtHypervisor.connect({ host, uri: uris.get(host) ?? '', unsafe: true, progressEveryMs: 50 });
    const [source, target] = await Promise.all([connect('host1'), connect('host2')]);
    const tiny = (name: string, content?: Buffer): DomainDescription => ({
      name,
      memoryMiB: 32,
      vcpus: 1,
      disks: [{ path: ownDisk(folder, name, content), format: 'raw' }],
    });
    return {
      features: { canMigrate: true, canPostCopy: true, canAgent: true, canLock: true },
      source,
      target: { hypervisor: target, migration: { host: 'host2', uri: uris.get('host2') ?? '' } },
      describeDomain: (name) => tiny(name),
      describeBusyDomain: (name) => tiny(name, busyDisk()),
      describeGuest: (name) => ({ ...guest, name }),
      storageFolder: join(folder, 'pool'),
      connect: () => connect('host1'),
      settle: (promise) => promise,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      dispose: async () => {
        await Promise.all([source.close(), target.close()]);
        await lab.down();
      },
    };
  } catch (error) {
    await lab.down();
    throw error;
  }
}
