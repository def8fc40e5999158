import type { Component } from '../../core/model/component.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';
import type { HostAccess, Infrastructure } from '../../core/model/infrastructure.js';
import type { SystemRepresentation } from '../../core/model/system-representation.js';

/**
 * The executor of the node that a component is on: its host's, or, inside a VM, the guest agent's, which asks for the
 * VM's host at each call. Throws `unknown-host` for a component that is placed nowhere.
 */
export function executorFor(
  component: Component,
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): Executor {
  const node = system.nodeOf(component);
  if (!node) {
    throw new AttituneError(
      'unknown-host',
      `${component.name} is placed on no host or VM, so nothing of it can run. Deploy it first.`,
    );
  }
  if (node.kind === 'vm') return infrastructure.guest(node.name, () => hostAccess(node, system, infrastructure));
  return infrastructure.host(node.name).executor;
}

/** The host that a component is on now, through VMs. Throws `unknown-host`. */
export function hostAccess(
  component: Component,
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): HostAccess {
  const host = system.hostOf(component);
  if (!host) throw new AttituneError('unknown-host', `${component.name} is placed on no host.`);
  return infrastructure.host(host.name);
}

type Derivation = (
  component: Component,
  system: SystemRepresentation,
  infrastructure: Infrastructure,
) => string | undefined;

/** What TUNe gives a node class, and its wrappers read from the components on the node: of the node's own names the first that it has. */
const ofNode =
  (...names: readonly string[]): Derivation =>
  (component, system) => {
    const node = component.kind === 'host' ? undefined : system.nodeOf(component);
    return names.map((name) => node?.attributes.get(name)).find((value) => value !== undefined);
  };

/** Attributes that a component does not keep itself. */
const DERIVED: Readonly<Record<string, Derivation>> = {
  dirLocal: ofNode('dirLocal', 'dirlocal'),
  javahome: ofNode('javahome'),
  user: ofNode('user'),
  protocol: ofNode('protocol'),
  name: (component) => component.name,
  class: (component) => component.className,
  // software answers at the address of what it runs on
  address: (component, system, infrastructure) => {
    if (component.kind === 'host') return infrastructure.host(component.name).address;
    const node = component.kind === 'software' ? system.nodeOf(component) : undefined;
    return node && attributeOf(node, 'address', system, infrastructure);
  },
};

/** An attribute of a component: its own, else one that is known of it (`name`, `class`, `address`), or of its node. */
export function attributeOf(
  component: Component,
  name: string,
  system: SystemRepresentation,
  infrastructure: Infrastructure,
): string | undefined {
  const own = component.attributes.get(name);
  if (own !== undefined || !Object.hasOwn(DERIVED, name)) return own;
  return DERIVED[name]?.(component, system, infrastructure);
}
