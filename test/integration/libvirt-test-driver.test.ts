import type { DomainDescription } from '../../core/model/hypervisor.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { hypervisorContract } from '../contract/hypervisor.contract.js';
import { skipWithoutPrivateLibvirt, startLibvirtOnLoopback } from '../support/private-libvirt.js';
import type { PrivateDaemon } from '../support/private-libvirt.js';

const TRANSPORTS: Readonly<Record<string, (daemon: PrivateDaemon) => string>> = {
  'a unix socket': ({ socket }) => `test+unix:///default?socket=${socket}`,
  TCP: ({ address, port }) => `test+tcp://${address}:${port}/default`,
};

const describeDomain = (name: string): DomainDescription => ({
  name,
  memoryMiB: 64,
  vcpus: 2,
  disks: [{ path: '/disk', format: 'raw' }],
});

describe("libvirt's test driver, in a daemon of our own", () => {
  before(function () {
    skipWithoutPrivateLibvirt(this);
  });

  for (const [transport, uriOf] of Object.entries(TRANSPORTS)) {
    hypervisorContract(`LibvirtHypervisor over ${transport}`, async () => {
      const libvirt = await startLibvirtOnLoopback();
      const connect = () => LibvirtHypervisor.connect({ host: 'host1', uri: uriOf(libvirt.daemons[0]!) });
      const source = await connect().catch(async (error: unknown) => {
        await libvirt.stop();
        throw error;
      });
      return {
        features: { canMigrate: false, canAgent: false, canObey: true, canScaleLive: true },
        source,
        describeDomain,
        describeConnectedDomain: (name) => ({
          ...describeDomain(name),
          networks: [{ mac: '52:54:00:00:00:01', network: 'default' }],
        }),
        connect,
        settle: (promise) => promise,
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        dispose: async () => {
          await source.close();
          await libvirt.stop();
        },
      };
    });
  }
});
