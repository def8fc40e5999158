import type { Constraint } from '../../../core/model/deployment.js';
import type { Cluster, ClusterHost, ClusterVm } from '../../../core/placement/cluster.js';

/** Clusters in a line: hosts of one CPU and 4 GiB that accept and are idle, VMs of 512 MiB that run and use 0.1 CPU. */
export function host(name: string, rest: Partial<ClusterHost> = {}): ClusterHost {
  return { name, cpuCapacity: 1, cpuUsed: 0, memoryMiB: 4096, accepting: true, ...rest };
}

export function vm(name: string, on: string, rest: Partial<ClusterVm> = {}): ClusterVm {
  return { name, host: on, className: 'Machine', vcpus: 1, memoryMiB: 512, cpuUsed: 0.1, running: true, ...rest };
}

/** CPU of a host is that of its VMs unless it is given. */
export function cluster(hosts: readonly ClusterHost[], vms: readonly ClusterVm[], at = 1_000_000): Cluster {
  const used = (name: string) =>
    vms.filter((one) => one.host === name).reduce((sum, one) => sum + (one.cpuUsed ?? 0), 0);
  return {
    at,
    hosts: hosts.map((one) => ('cpuUsed' in one && one.cpuUsed === 0 ? { ...one, cpuUsed: used(one.name) } : one)),
    vms,
  };
}

export function constraint(
  type: Constraint['type'],
  on?: string,
  strength: Constraint['strength'] = 'hard',
): Constraint {
  const place = { file: 'test.deployment.xml', line: 1, column: 1 };
  return { type, of: 'Machine', strength, place, ...(on === undefined ? {} : { on }) };
}

/** The same VM without a fresh reading of its CPU. */
export function unread(one: ClusterVm): ClusterVm {
  const copy: { -readonly [Key in keyof ClusterVm]: ClusterVm[Key] } = { ...one };
  delete copy.cpuUsed;
  return copy;
}
