import type { Cluster } from '../../placement/cluster.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { VmsByHost } from '../report/report.js';

/** The VMs on each host that are not stopped, in the order of their numbers. */
export function vmsByHost(system: SystemRepresentation): VmsByHost {
  const hosts = system.components.filter(({ kind }) => kind === 'host');
  return Object.fromEntries(
    hosts.map((host) => {
      const vms = [...host.content].filter(({ kind, lifeCycle }) => kind === 'vm' && lifeCycle.state !== 'stopped');
      const names = vms.map(({ name }) => name);
      return [host.name, names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))];
    }),
  );
}

/** A machine that uses this share of its CPUs counts as active. */
export const ACTIVE_FROM = 0.25;

/** Machines that have something to do now, by their last readings, and the most of them on one host. */
export function activeMachines({ vms }: Cluster): { readonly count: number; readonly mostOnHost: number } {
  const active = vms.filter(({ cpuUsed = 0, vcpus }) => vcpus > 0 && cpuUsed / vcpus >= ACTIVE_FROM);
  const byHost = new Map<string, number>();
  for (const { host } of active) byHost.set(host, (byHost.get(host) ?? 0) + 1);
  return { count: active.length, mostOnHost: Math.max(0, ...byHost.values()) };
}
