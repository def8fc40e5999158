import fc from 'fast-check';
import type { Cluster, ClusterHost, ClusterVm } from '../../../../core/placement/cluster.js';

/** Clusters of a few hosts of different sizes with VMs on them, whether or not they fit; all loads, power and traffic known. */
export const clusters: fc.Arbitrary<Cluster> = fc
  .record({
    hosts: fc.array(
      fc.record({
        cpuCapacity: fc.integer({ min: 1, max: 8 }),
        memoryMiB: fc.integer({ min: 2, max: 16 }).map((gib) => gib * 1024),
        base: fc.double({ min: 0, max: 0.5, noNaN: true }),
        accepting: fc.boolean(),
        off: fc.boolean(),
        idle: fc.integer({ min: 20, max: 100 }),
      }),
      { minLength: 2, maxLength: 6 },
    ),
    vms: fc.array(
      fc.record({
        host: fc.nat(5),
        cpuUsed: fc.double({ min: 0, max: 2, noNaN: true }),
        memoryMiB: fc.integer({ min: 1, max: 16 }).map((quarters) => quarters * 256),
        vcpus: fc.integer({ min: 1, max: 4 }),
        networkLoad: fc.double({ min: 0, max: 100, noNaN: true }),
        diskLoad: fc.double({ min: 0, max: 100, noNaN: true }),
        talksTo: fc.nat(30),
        mbitPerSecond: fc.integer({ min: 1, max: 500 }),
      }),
      { minLength: 1, maxLength: 16 },
    ),
    distances: fc.array(fc.tuple(fc.nat(5), fc.nat(5), fc.integer({ min: 1, max: 9 })), { maxLength: 8 }),
  })
  .map(({ hosts, vms, distances }) => {
    const nameOf = (index: number) => `host${(index % hosts.length) + 1}`;
    const placed = vms.map((vm, index): ClusterVm => ({
      name: `vm${index + 1}`,
      host: nameOf(vm.host),
      className: 'Machine',
      running: true,
      cpuUsed: vm.cpuUsed,
      memoryMiB: vm.memoryMiB,
      vcpus: vm.vcpus,
      networkLoad: vm.networkLoad,
      diskLoad: vm.diskLoad,
      memoryLoad: vm.diskLoad / 2,
    }));
    const used = (name: string) =>
      placed.filter(({ host }) => host === name).reduce((sum, { cpuUsed = 0 }) => sum + cpuUsed, 0);
    return {
      at: 1_000_000,
      hosts: hosts.map(({ base, idle, off, ...host }, index): ClusterHost => {
        const name = nameOf(index);
        return {
          ...host,
          name,
          cpuUsed: used(name) + base,
          power: { watts: [idle, idle * 1.7, idle * 2], offWatts: 3 },
          powered: off && used(name) === 0 ? 'off' : 'on',
        };
      }),
      vms: placed,
      network: {
        otherwise: 5,
        distances: distances
          .map(([a, b, distance]) => ({ between: [nameOf(a), nameOf(b)] as const, distance }))
          .filter(({ between: [a, b] }) => a !== b),
        traffic: vms.map(({ talksTo, mbitPerSecond }, index) => ({
          between: [`vm${index + 1}`, partner(talksTo, vms.length, hosts.length)] as const,
          mbitPerSecond,
        })),
      },
    };
  });

/** A VM, or sometimes a host. */
function partner(choice: number, vms: number, hosts: number): string {
  return choice < 24 ? `vm${(choice % vms) + 1}` : `host${(choice % hosts) + 1}`;
}
