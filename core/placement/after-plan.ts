import type { Cluster, ClusterVm, Plan } from './cluster.js';

/**
 * The cluster as it would be after a plan: every VM where its last move leads, its CPU with it, hosts woken and switched
 * off. Whatever else changes meanwhile is not known.
 */
export function afterPlan(cluster: Cluster, { moves, wake = [], powerOff = [] }: Plan): Cluster {
  if (moves.length + wake.length + powerOff.length === 0) return cluster;
  const to = new Map<string, string>();
  for (const move of moves) to.set(move.vm, move.to);
  const shift = new Map<string, number>();
  const vms = cluster.vms.map((vm): ClusterVm => {
    const target = to.get(vm.name);
    if (target === undefined || target === vm.host) return vm;
    const cpu = vm.cpuUsed ?? 0;
    shift.set(vm.host, (shift.get(vm.host) ?? 0) - cpu);
    shift.set(target, (shift.get(target) ?? 0) + cpu);
    return { ...vm, host: target };
  });
  const [woken, off] = [new Set(wake), new Set(powerOff)];
  const hosts = cluster.hosts.map((host) => {
    const change = shift.get(host.name) ?? 0;
    const used = host.cpuUsed ?? (woken.has(host.name) ? 0 : undefined);
    return {
      ...host,
      ...(used === undefined ? {} : { cpuUsed: Math.max(0, used + change) }),
      ...(woken.has(host.name) ? { powered: 'on' as const, accepting: true } : {}),
      ...(off.has(host.name) ? { powered: 'off' as const, accepting: false, cpuUsed: 0 } : {}),
    };
  });
  return { ...cluster, hosts, vms };
}
