import type { Constraint } from '../../model/deployment.js';
import type { Cluster, ClusterHost } from '../cluster.js';

/** What a host may hold, before and after what hard constraints keep free on it. */
export interface HostLimits {
  /** CPUs that moves must leave it below; Infinity where any load may be. */
  readonly cpu: number;
  /** MiB that may be promised to VMs. */
  readonly memoryMiB: number;
  /** Virtual CPUs that may be promised; Infinity where nothing says so. */
  readonly vcpus: number;
}

/** What a host may hold by itself: its memory less its own, times overcommitment; its CPU times the margin `below`. */
export function limitsOf(host: ClusterHost, below: number): HostLimits {
  const { overcommit } = host;
  return {
    cpu: host.cpuCapacity * below,
    memoryMiB: Math.max(0, host.memoryMiB - (host.memoryReservedMiB ?? 0)) * (overcommit?.memory ?? 1),
    vcpus: overcommit?.vcpus === undefined ? Infinity : (host.cpus ?? host.cpuCapacity) * overcommit.vcpus,
  };
}

/** CPUs and MiB that hard `reserve` constraints keep free on a host: the most that any of them asks for. */
export function reservedOn(cluster: Cluster, host: ClusterHost): { readonly cpu: number; readonly memoryMiB: number } {
  let cpu = 0;
  let memoryMiB = 0;
  for (const constraint of cluster.constraints ?? []) {
    if (constraint.type !== 'reserve' || constraint.strength !== 'hard' || !isOf(host, constraint)) continue;
    cpu = Math.max(cpu, (constraint.cpu ?? 0) * host.cpuCapacity);
    memoryMiB = Math.max(memoryMiB, constraint.memoryMiB ?? 0);
  }
  return { cpu, memoryMiB };
}

/**
 * What a host may hold after hard reserves, as `cpuLimit`, `memoryLimit` and `vcpuLimit` of a problem. A reserve of CPU
 * bounds what may be used to capacity less reserve; where the margin `below` asks for more room than that, it counts.
 */
export function limitsAfterReserves(cluster: Cluster, host: ClusterHost, below: number): HostLimits {
  const own = limitsOf(host, below);
  const kept = reservedOn(cluster, host);
  return {
    cpu: kept.cpu > 0 ? Math.min(own.cpu, Math.max(0, host.cpuCapacity - kept.cpu)) : own.cpu,
    memoryMiB: Math.max(0, own.memoryMiB - kept.memoryMiB),
    vcpus: own.vcpus,
  };
}

/** True of a host that a constraint on hosts is about, by its name or its family. */
export function isOf(host: ClusterHost, { of }: Pick<Constraint, 'of'>): boolean {
  return host.name === of || host.family === of;
}
