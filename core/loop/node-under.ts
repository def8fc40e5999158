import type { Component } from '../model/component.js';
import { AttituneError } from '../model/errors.js';
import type { Executor } from '../model/executor.js';
import type { HostAccess, Infrastructure } from '../model/infrastructure.js';
import type { SystemRepresentation } from '../model/system-representation.js';

/** The host that a component is, or is on now. Throws `unknown-host`. */
export function hostUnder(
  component: Component,
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): HostAccess {
  const host = system.hostOf(component);
  if (!host) throw new AttituneError('unknown-host', `${component.name} is on no host.`);
  return infrastructure.host(host.name);
}

/** Runs things where a component is: on its host, or inside the VM that it is or that is around it. Throws `unknown-host`. */
export function executorUnder(
  component: Component,
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): Executor {
  const vm = system.vmOf(component);
  if (vm) return infrastructure.guest(vm.name, () => hostUnder(vm, system, infrastructure));
  return hostUnder(component, system, infrastructure).executor;
}
