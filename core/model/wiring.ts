import type { Component } from './component.js';
import type { Association, Cardinality, ComponentClass } from './deployment.js';
import { AttituneError } from './errors.js';
import { planLinks } from './first-links.js';
import { formatCardinality } from './quantity.js';
import type { SystemRepresentation } from './system-representation.js';

/**
 * TUNe's wiring rules (FORMALISM.md, sections 1 and 4): lower bounds drive the first wiring, upper bounds are headroom
 * for growth. Every function either does all it says or throws and leaves the representation as it was.
 */

/** Creates the initial instances of every class, puts software into its VMs, and binds by the lower bounds. */
export function instantiate(system: SystemRepresentation): void {
  for (const description of inDependencyOrder(system.deployment.classes)) {
    if (description.inside === undefined) {
      for (let i = 0; i < (description.initial ?? 1); i += 1)
        system.create(description.name, description.instances?.[i]?.name);
      continue;
    }
    const containers = system.instances(description.inside);
    const count = initialInside(description, containers.length);
    for (let i = 0; i < count; i += 1) {
      const container = containers[i % containers.length];
      if (container) system.place(system.create(description.name), container);
    }
  }
  for (const association of system.deployment.associations) bindInitially(system, association);
}

/** How many instances a class inside another has at first: one in each container where `initial` was not given. */
export function initialInside(description: ComponentClass, containers: number): number {
  return description.initial ?? containers;
}

/** Binds by the lower bounds, as {@link planLinks} says. Throws `cardinality` where they cannot be met. */
function bindInitially(system: SystemRepresentation, association: Association): void {
  const { name, fromCardinality, toCardinality } = association;
  const sources = system.instances(association.from);
  const targets = system.instances(association.to);
  const plan = planLinks({
    sources: sources.length,
    targets: targets.length,
    fromCardinality,
    toCardinality,
    same: association.from === association.to,
  });
  if ('links' in plan) {
    for (const [source, target] of plan.links) sources[source]?.bind(name, targets[target] as Component);
    return;
  }
  const { end, position, found } = plan;
  if (end === 'source')
    throw unable(association, `${sources[position]?.name ?? ''} finds only ${found} of ${toCardinality.lower}`);
  throw unable(association, `${targets[position]?.name ?? ''} is linked to only ${found} of ${fromCardinality.lower}`);
}

/**
 * `Class++`: creates one instance and links it to every peer with room on both sides, for each association of its class.
 * Throws `cardinality` (and rolls back) where an association that needs a link gets none.
 */
export function grow(system: SystemRepresentation, className: string): Component {
  const component = system.create(className);
  try {
    for (const association of system.associationsFrom(className)) {
      for (const peer of system.instances(association.to)) linkIfRoom(association, component, peer);
      requireLower(association, component, component.lookup(association.name).length, association.toCardinality);
    }
    for (const association of system.associationsTo(className)) {
      for (const peer of system.instances(association.from)) linkIfRoom(association, peer, component);
      requireLower(association, component, linksTo(component, association.name), association.fromCardinality);
    }
    return component;
  } catch (error) {
    system.remove(component);
    throw error;
  }
}

function linkIfRoom(association: Association, from: Component, to: Component): void {
  if (from === to || from.isBound(association.name, to)) return;
  if (from.links(association.name, 'client') >= association.toCardinality.upper) return;
  if (linksTo(to, association.name) >= association.fromCardinality.upper) return;
  from.bind(association.name, to);
}

function linksTo(component: Component, name: string): number {
  return component.links(name, 'server');
}

function requireLower(association: Association, component: Component, links: number, cardinality: Cardinality): void {
  const least = Math.min(1, cardinality.lower);
  if (links < least) throw unable(association, `${component.name} finds no peer with room`);
}

function unable(association: Association, reason: string): AttituneError {
  const { name, from, to, fromCardinality, toCardinality, place } = association;
  return new AttituneError(
    'cardinality',
    `Unable to bind "${name}" (${from} ${formatCardinality(fromCardinality)} to ${to} ${formatCardinality(toCardinality)}): ${reason}. Change "initial" of ${from} or ${to}, or the cardinality.`,
    { place },
  );
}

/** Containers before what is inside them. */
export function inDependencyOrder(classes: readonly ComponentClass[]): readonly ComponentClass[] {
  const ordered = new Set<ComponentClass>();
  const byName = new Map(classes.map((description) => [description.name, description]));
  for (const description of classes) {
    const chain = new Set<ComponentClass>();
    for (
      let current: ComponentClass | undefined = description;
      current && !ordered.has(current) && !chain.has(current);
      current = byName.get(current.inside ?? '')
    )
      chain.add(current);
    for (const one of [...chain].reverse()) ordered.add(one);
  }
  return [...ordered];
}
