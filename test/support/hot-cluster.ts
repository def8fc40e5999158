import { GOALS } from '../../core/loop/planning/planner.js';
import { planFor, type PlanGround, type PlanParameters } from '../../core/loop/planning/planner.js';
import { SystemRepresentation } from '../../core/model/system-representation.js';
import type { Cluster, ClusterHost, ClusterVm, Plan } from '../../core/placement/cluster.js';
import { componentClass, deploymentOf } from './deployments.js';

/** Plans for a goal on a cluster of plain data whose VMs are of the class Machine, on hosts of one family. */
export function planOn(cluster: Cluster, goal: string, given: PlanParameters): Plan {
  if (!Object.hasOwn(GOALS, goal)) throw new Error(`there is no goal ${goal}`);
  const deployment = deploymentOf({
    classes: [componentClass('Machine', { wrapper: 'virtual-machine', hosts: 'cluster' })],
  });
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  const ground: PlanGround = { system, cluster, scope: {} };
  return planFor(goal, ground, given);
}

/** Hosts of `cpus` CPUs and 64 GiB, read as the sum of their VMs. */
export function clusterOf(
  hosts: number,
  cpus: number,
  vms: readonly (Partial<ClusterVm> & { readonly host: string })[],
): Cluster {
  const described = vms.map((vm, index): ClusterVm => ({
    name: `vm${index + 1}`,
    className: 'Machine',
    vcpus: 1,
    memoryMiB: 512,
    running: true,
    cpuUsed: 0.1,
    ...vm,
  }));
  return {
    at: 10_000_000,
    hosts: Array.from({ length: hosts }, (_, index): ClusterHost => {
      const name = `host${index + 1}`;
      const cpuUsed = described.filter(({ host }) => host === name).reduce((sum, vm) => sum + (vm.cpuUsed ?? 0), 0);
      return { name, family: 'cluster', cpuCapacity: cpus, cpuUsed, memoryMiB: 65_536, accepting: true };
    }),
    vms: described,
  };
}

/** Sandpiper's case: fifty VMs on ten hosts, of which the first is hot. */
export function oneHotSpot(): Cluster {
  const vms = Array.from({ length: 50 }, (_, index) => {
    const host = `host${1 + Math.floor(index / 5)}`;
    return { host, cpuUsed: host === 'host1' ? 0.36 : 0.1 + (index % 5) * 0.03, memoryMiB: 512 * (1 + (index % 3)) };
  });
  return clusterOf(10, 2, vms);
}

/** One of twenty hosts has 33 VMs, the others ten each. */
export function oneToEmpty(): Cluster {
  const crowded = Array.from({ length: 33 }, (_, index) => ({ host: 'host1', memoryMiB: 512 * (1 + (index % 4)) }));
  const others = Array.from({ length: 190 }, (_, index) => ({
    host: `host${2 + (index % 19)}`,
    memoryMiB: 1024,
    cpuUsed: 0.3,
  }));
  return clusterOf(20, 4, [...crowded, ...others]);
}
