import { SeededRandom } from '../../core/model/random.js';
import type { Cluster, ClusterHost, ClusterVm } from '../../core/placement/cluster.js';

/** Sizes of VMs, and of their hosts. */
const VM_MEMORY_MIB = [1024, 2048, 4096, 8192];
const VM_VCPUS = [1, 2, 4];
const HOST = { cpuCapacity: 16, cpus: 16, memoryMiB: 262_144, memoryReservedMiB: 2048, accepting: true };

/**
 * A cluster of a size, from a seed: half of the VMs on the first quarter of the hosts, so that these are hot, some of them
 * in groups that are to be spread, all of their CPU together `use` of that of all hosts.
 */
export function generatedCluster(hosts: number, vms: number, seed: number, use = 0.4): Cluster {
  const random = new SeededRandom(seed);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random.next() * items.length)] as T;
  const quarter = Math.max(1, Math.floor(hosts / 4));
  const drawn = Array.from({ length: vms }, (_, index) => {
    const vcpus = pick(VM_VCPUS);
    const on = index % 2 === 0 ? random.next() * quarter : quarter + random.next() * (hosts - quarter);
    return { vcpus, weight: vcpus * (0.2 + 0.8 * random.next()), host: Math.floor(on), memoryMiB: pick(VM_MEMORY_MIB) };
  });
  const total = drawn.reduce((sum, { weight }) => sum + weight, 0);
  const scale = (use * hosts * HOST.cpuCapacity) / total;
  const used = new Float64Array(hosts);
  const made = drawn.map(({ vcpus, weight, host, memoryMiB }, index): ClusterVm => {
    const cpuUsed = Math.round(weight * scale * 1000) / 1000;
    used[host]! += cpuUsed;
    return {
      name: `vm${index}`,
      host: `host${host}`,
      className: 'Machine',
      ...(index % 10 === 0 ? { groups: [`service${Math.floor(index / 50)}`] } : {}),
      cpuUsed,
      vcpus,
      memoryMiB,
      running: true,
    };
  });
  const all = Array.from({ length: hosts }, (_, index): ClusterHost => {
    const cpuUsed = Math.round(used[index]! * 1000) / 1000;
    return { name: `host${index}`, family: 'servers', ...HOST, cpuUsed };
  });
  const services = new Set(made.flatMap(({ groups = [] }) => groups));
  const place = { file: 'generated', line: 1, column: 1 };
  const constraints = [...services].map((of) => ({ type: 'spread', of, strength: 'hard', place }) as const);
  return { at: 0, hosts: all, vms: made, constraints };
}
