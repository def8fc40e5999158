import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import type { Dial } from '../../wrappers/libvirt/index.js';
import { dialSocket } from '../../wrappers/libvirt/session.js';
import { hypervisorContract } from '../contract/hypervisor.contract.js';
import { busyDisk } from '../support/busy-disk.js';
import { skipWithoutPrivateLibvirt, startLibvirtPair } from '../support/private-libvirt.js';
import type { PrivateLibvirt } from '../support/private-libvirt.js';

/** The daemons live in a network namespace: their addresses are reached from here through their unix sockets. */
function dialInto({ daemons }: PrivateLibvirt): Dial {
  return (endpoint, signal) => {
    const daemon = endpoint.kind === 'tcp' ? daemons.find(({ address }) => address === endpoint.host) : undefined;
    return dialSocket(daemon ? { kind: 'unix', path: daemon.socket } : endpoint, signal);
  };
}

describe('QEMU guests on two libvirt daemons of our own', () => {
  before(function () {
    skipWithoutPrivateLibvirt(this);
  });

  hypervisorContract('LibvirtHypervisor with QEMU', async () => {
    const libvirt = await startLibvirtPair();
    const image = join(libvirt.directory, 'busy.img');
    await writeFile(image, busyDisk());
    const uriOf = (index: number) => `qemu+tcp://${libvirt.daemons[index]!.address}/system`;
    const connect = (index: number) =>
      LibvirtHypervisor.connect({
        host: `host${index + 1}`,
        uri: uriOf(index),
        dial: dialInto(libvirt),
        unsafe: true,
        progressEveryMs: 50,
      });
    const [source, target] = await Promise.all([connect(0), connect(1)]).catch(async (error: unknown) => {
      await libvirt.stop();
      throw error;
    });
    return {
      features: { canMigrate: true, canAgent: false },
      source,
      target: { hypervisor: target, migration: { host: 'host2', uri: uriOf(1) } },
      describeDomain: (name) => ({ name, memoryMiB: 32, vcpus: 1, disks: [] }),
      describeBusyDomain: (name) => ({ name, memoryMiB: 32, vcpus: 1, disks: [{ path: image, format: 'raw' }] }),
      connect: () => connect(0),
      settle: (promise) => promise,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      dispose: async () => {
        await Promise.all([source.close(), target.close()]);
        await libvirt.stop();
      },
    };
  });
});
