import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { DomainState } from '../../model/domain.js';

const RUNNING: ReadonlySet<DomainState> = new Set(['running', 'paused']);

/**
 * Takes over into a representation what others have brought up: VMs are found by their names on their hosts, also those
 * that were made since (`CLASS_N`); what is inside a VM that runs, and software on hosts, is taken to run, where `place`
 * puts it; absent: nothing is known of software. Changes nothing on a host. Hosts that do not answer are passed over. Resolves with the names of the VMs that were found.
 */
export async function adopt(
  system: SystemRepresentation,
  infrastructure: Infrastructure,
  place?: (software: Component) => void,
): Promise<readonly string[]> {
  const found: string[] = [];
  for (const host of infrastructure.hosts()) {
    const domains = await host.hypervisor.list().catch((error: unknown) => {
      if (AttituneError.is(error, 'host-unreachable')) return [];
      throw error;
    });
    for (const { name, state } of domains) {
      const vm = RUNNING.has(state) ? vmNamed(system, name) : undefined;
      if (!vm) continue;
      if (!system.nodeOf(vm)) system.place(vm, system.component(host.name));
      found.push(name);
    }
  }
  const running = new Set(found);
  for (const component of system.components) {
    if (component.kind === 'host') continue;
    // software has no name that a host would tell: it is taken to be where a manager would have put it
    if (component.kind === 'software' && !system.nodeOf(component)) place?.(component);
    const vm = system.vmOf(component);
    const taken = component.kind === 'vm' || place !== undefined;
    if (taken && (vm ? running.has(vm.name) : component.kind === 'software'))
      component.lifeCycle.restore('started', 'started');
  }
  return found;
}

/** The VM of that name; one that was made since the start is made in the representation, too. */
function vmNamed(system: SystemRepresentation, name: string): Component | undefined {
  if (system.has(name)) {
    const component = system.component(name);
    return component.kind === 'vm' ? component : undefined;
  }
  const [, className, number] = /^(.+)_(\d+)$/.exec(name) ?? [];
  const known = system.deployment.classes.find((one) => one.name === className);
  if (!known || system.kindOf(known.name) !== 'vm') return undefined;
  system.useNumbers(known.name, Number(number));
  return system.create(known.name, name);
}
