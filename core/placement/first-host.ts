import type { Constraint } from '../model/deployment.js';
import type { Cluster, ClusterVm } from './cluster.js';
import { constraintName } from './constraints/words.js';
import { breaks, freeMemory } from './rules.js';

/**
 * The host for a new VM: of those that accept it, have its memory free and break no hard constraint, the one that breaks
 * fewest soft ones; the first of the file among equals. `undefined` where none fits, with the reason for each host.
 */
export function firstHost(
  cluster: Cluster,
  vm: ClusterVm,
  constraints: readonly Constraint[],
): { readonly host?: string; readonly reasons: readonly string[] } {
  const reasons: string[] = [];
  let best: { readonly name: string; readonly broken: number } | undefined;
  for (const host of cluster.hosts) {
    const free = freeMemory(cluster, host);
    const broken = constraints.filter((constraint) => breaks(cluster, vm, host, constraint));
    const hard = broken.find(({ strength }) => strength === 'hard');
    if (!host.accepting) reasons.push(`${host.name} takes no VMs${host.closed ? `: ${host.closed}` : ''}`);
    else if (vm.memoryMiB > free)
      reasons.push(`${host.name} has ${Math.floor(free)} MiB free, ${vm.memoryMiB} MiB are needed`);
    else if (hard) reasons.push(`the constraint ${constraintName(hard)} forbids ${host.name}`);
    else if (!best || broken.length < best.broken) best = { name: host.name, broken: broken.length };
  }
  return best ? { host: best.name, reasons } : { reasons };
}
