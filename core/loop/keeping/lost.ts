import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { SystemRepresentation } from '../../model/system-representation.js';

/** A component that ran when the former manager ended, and does not run any more. */
export interface LostComponent {
  readonly component: Component;
  readonly why: string;
}

/**
 * Asks the world what became of everything that was started, after a time in which nobody looked: VMs by their domains,
 * software by the process id that its wrapper keeps in the attribute `pid`. A VM that a migration brought to another host
 * meanwhile is put there. What cannot be asked is taken to run: probes will tell.
 */
export async function findLost(
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): Promise<readonly LostComponent[]> {
  const started = system.components.filter(({ lifeCycle }) => lifeCycle.state === 'started');
  const vms = started.filter(({ kind }) => kind === 'vm');
  const software = started.filter(({ kind }) => kind === 'software');
  const lost = vms.length > 0 ? await lostVms(vms, system, infrastructure) : [];
  const gone = new Set(lost.map(({ component }) => component));
  const processes = await Promise.all(
    software
      .filter((component) => !gone.has(system.nodeOf(component) as Component))
      .map(async (component) => ((await runs(component, system, infrastructure)) ? [] : [component])),
  );
  const why = 'its process ended while no manager ran';
  return [...lost, ...processes.flat().map((component) => ({ component, why }))];
}

async function lostVms(
  vms: readonly Component[],
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): Promise<readonly LostComponent[]> {
  const where = new Map<string, string>();
  let allAnswered = true;
  for (const { name, hypervisor } of infrastructure.hosts()) {
    const domains = await hypervisor.list().catch((error: unknown) => {
      if (!AttituneError.is(error, 'host-unreachable')) throw error;
      allAnswered = false;
      return [];
    });
    // of a migration that is under way both hosts have the domain, and it runs on one of them
    for (const domain of domains)
      if (domain.state === 'running' || domain.state === 'blocked' || !where.has(domain.name))
        where.set(domain.name, name);
  }
  return vms.flatMap((vm) => {
    const host = where.get(vm.name);
    if (host === undefined) {
      const why = 'its domain ended while no manager ran';
      return allAnswered ? [{ component: vm, why }] : [];
    }
    if (system.hostOf(vm)?.name !== host) system.place(vm, system.component(host));
    return [];
  });
}

async function runs(
  component: Component,
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): Promise<boolean> {
  const pid = Number(component.attributes.get('pid') ?? NaN);
  const node = system.nodeOf(component);
  const host = system.hostOf(component);
  if (!Number.isInteger(pid) || pid <= 1 || !node || !host) return true;
  const executor =
    node.kind === 'vm'
      ? infrastructure.guest(node.name, () => infrastructure.host(host.name))
      : infrastructure.host(host.name).executor;
  try {
    if (!(await executor.isRunning(pid))) return false;
    const since = component.attributes.get('pidSince') ?? '';
    return since === '' || startOf(await executor.get(`/proc/${pid}/stat`)) === since;
  } catch {
    // a guest that does not answer is for its VM's probes to tell
    return true;
  }
}

/** When a process began, in clock ticks after boot: field 22 of /proc/PID/stat, see proc(5). Another process may have its id by now. */
function startOf(stat: string | undefined): string | undefined {
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}
