import type { DomainDescription } from '../../core/model/hypervisor.js';
import { SeededRandom } from '../../core/model/random.js';
import { ReconnectingHypervisor } from '../../wrappers/libvirt/reconnecting-hypervisor.js';
import { TestWorld } from '../unit/simulated/world.js';
import { hypervisorContract } from './hypervisor.contract.js';

hypervisorContract('ReconnectingHypervisor on simulated hosts', async () => {
  const world = new TestWorld({ guestBootMs: 0, guestNetworkMs: 0, hostMemoryMiB: 4096 });
  const { infrastructure, clock } = world;
  const random = new SeededRandom(1);
  const open = (host: string) => {
    const { uri } = infrastructure.connect(host);
    const connect = () => Promise.resolve(infrastructure.connect(host));
    return ReconnectingHypervisor.open({ host, uri, connect, clock, random });
  };
  const [source, target] = await world.settle(Promise.all([open('host1'), open('host2')]));
  const describeDomain = (name: string): DomainDescription => ({
    name,
    memoryMiB: 64,
    vcpus: 1,
    disks: [{ path: `/simulated/${name}.img`, format: 'raw' }],
    networks: [{ mac: '52:54:00:00:00:01', network: 'default' }],
  });
  return {
    features: {
      canMigrate: true,
      canPostCopy: true,
      canAgent: true,
      canObey: true,
      canScaleLive: true,
      canLock: true,
    },
    source,
    target: {
      hypervisor: target,
      migration: { host: 'host2', uri: infrastructure.host('host2').migrationUri },
    },
    describeDomain,
    describeBusyDomain: describeDomain,
    describeConnectedDomain: describeDomain,
    storageFolder: '/srv/contract',
    connect: () => open('host1'),
    settle: <T>(promise: Promise<T>) => world.settle(promise),
    pause: (ms: number) => world.clock.advance(ms),
    dispose: async () => {
      await Promise.all([source.close(), target.close()]);
      await infrastructure.down();
    },
  };
});
