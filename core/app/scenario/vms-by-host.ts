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
