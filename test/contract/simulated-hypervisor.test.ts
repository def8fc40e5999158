import type { DomainDescription } from '../../core/model/hypervisor.js';
import { TestWorld } from '../unit/simulated/world.js';
import { hypervisorContract } from './hypervisor.contract.js';

hypervisorContract('SimulatedHypervisor', () => {
  const world = new TestWorld({ guestBootMs: 0, guestNetworkMs: 0, hostMemoryMiB: 4096 });
  const { infrastructure } = world;
  const target = infrastructure.host('host2');
  const describeDomain = (name: string): DomainDescription => ({
    name,
    memoryMiB: 64,
    vcpus: 1,
    disks: [{ path: `/simulated/${name}.img`, format: 'raw' }],
    networks: [{ mac: '52:54:00:00:00:01', network: 'default' }],
  });
  return Promise.resolve({
    features: {
      canMigrate: true,
      canPostCopy: true,
      canAgent: true,
      canObey: true,
      canScaleLive: true,
      canLock: true,
    },
    source: infrastructure.host('host1').hypervisor,
    target: { hypervisor: target.hypervisor, migration: { host: 'host2', uri: target.migrationUri } },
    describeDomain,
    describeBusyDomain: describeDomain,
    describeConnectedDomain: describeDomain,
    storageFolder: '/srv/contract',
    connect: () => Promise.resolve(infrastructure.connect('host1')),
    settle: <T>(promise: Promise<T>) => world.settle(promise),
    pause: (ms: number) => world.clock.advance(ms),
    dispose: () => infrastructure.down(),
  });
});
