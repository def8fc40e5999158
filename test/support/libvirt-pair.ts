import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { dialEndpoint } from '../../wrappers/libvirt/transports/index.js';
import type { DomainDescription, MigrationTarget } from '../../core/model/hypervisor.js';
import { busyDisk } from './busy-disk.js';
import { startLibvirtPair } from './private-libvirt.js';
import type { PrivateDaemon } from './private-libvirt.js';

/** Two hosts with libvirt that can migrate small QEMU guests to each other. */
export interface LibvirtPair {
  readonly daemons: readonly PrivateDaemon[];
  readonly source: LibvirtHypervisor;
  readonly target: LibvirtHypervisor;
  /** How the source reaches the target. */
  readonly migration: MigrationTarget;
  /** One more connection to the source, or to the daemon of that index. */
  connect(index?: number): Promise<LibvirtHypervisor>;
  /** A guest that does nothing but wait in its BIOS. */
  idleGuest(name: string): DomainDescription;
  /** A guest that dirties its memory all the time. */
  busyGuest(name: string): DomainDescription;
  stop(): Promise<void>;
}

/**
 * The daemons live in a network namespace: their addresses are reached from here through their unix sockets. `locks`:
 * disks are locked for both by lock managers.
 */
export async function startHypervisorPair(options: { readonly locks?: boolean } = {}): Promise<LibvirtPair> {
  const libvirt = await startLibvirtPair(options);
  const image = join(libvirt.directory, 'busy.img');
  const uriOf = (index: number) => `qemu+tcp://${libvirt.daemons[index]!.address}/system`;
  const connect = (index: number) =>
    LibvirtHypervisor.connect({
      host: `host${index + 1}`,
      uri: uriOf(index),
      unsafe: true,
      progressEveryMs: 50,
      connectTimeoutMs: 5000,
      dial: (endpoint, signal) => {
        const daemon = endpoint.kind === 'tcp' && libvirt.daemons.find(({ address }) => address === endpoint.host);
        return dialEndpoint(daemon ? { kind: 'unix', path: daemon.socket } : endpoint, signal);
      },
    });
  try {
    await writeFile(image, busyDisk());
    const [source, target] = await Promise.all([connect(0), connect(1)]);
    return {
      daemons: libvirt.daemons,
      source,
      target,
      migration: { host: 'host2', uri: uriOf(1) },
      connect: (index = 0) => connect(index),
      idleGuest: (name) => ({ name, memoryMiB: 32, vcpus: 1, disks: [] }),
      busyGuest: (name) => ({ name, memoryMiB: 32, vcpus: 1, disks: [{ path: image, format: 'raw' }] }),
      stop: async () => {
        await Promise.all([source.close(), target.close()]);
        await libvirt.stop();
      },
    };
  } catch (error) {
    await libvirt.stop();
    throw error;
  }
}
