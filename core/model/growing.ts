import type { Component } from './component.js';
import { AttituneError } from './errors.js';
import type { SystemRepresentation } from './system-representation.js';
import { formatCardinality } from './quantity.js';
import { grow } from './wiring.js';

/**
 * Growth and shrinking of wholes: a component with what belongs inside it. A class `inside` another without `initial`
 * has one instance in each container, so a new container comes with its own, and takes it along when it goes.
 */

/**
 * `Class++`: one instance, linked to its peers, with one of each class that has one in each container. The first is the
 * container. Throws `cardinality`, and then nothing was created.
 */
export function growWhole(system: SystemRepresentation, className: string): readonly Component[] {
  const made: Component[] = [grow(system, className)];
  const [container] = made as [Component];
  try {
    for (const description of system.deployment.classes) {
      if (description.inside !== className || description.initial !== undefined) continue;
      const [child, ...others] = growWhole(system, description.name) as readonly [Component, ...Component[]];
      made.push(child, ...others);
      system.place(child, container);
    }
    return made;
  } catch (error) {
    for (const component of made.reverse()) system.remove(component);
    throw error;
  }
}

/** Takes a component and all inside it out. Throws `cardinality` or `illegal-life-cycle`, and then nothing is removed. */
export function shrinkWhole(system: SystemRepresentation, component: Component): readonly Component[] {
  const reason = forbidsWhole(system, component);
  if (reason !== undefined) throw new AttituneError('cardinality', `${component.name} cannot be removed: ${reason}.`);
  const whole = wholeOf(component).reverse();
  const running = whole.find(({ lifeCycle }) => lifeCycle.state !== 'stopped' && lifeCycle.state !== 'failed');
  if (running) {
    throw new AttituneError(
      'illegal-life-cycle',
      `${running.name} is ${running.lifeCycle.state}: stop it before ${component.name} is removed.`,
    );
  }
  for (const one of whole) system.remove(one);
  return whole;
}

/** The youngest instance that may go with what is inside. Throws `cardinality` where none may. */
export function removableWhole(system: SystemRepresentation, className: string): Component {
  const found = [...system.instances(className)]
    .reverse()
    .find((candidate) => forbidsWhole(system, candidate) === undefined);
  if (found) return found;
  throw new AttituneError(
    'cardinality',
    `No ${className} may be removed: the lower bounds of its associations need them all.`,
  );
}

/** Which peer outside forbids that a component goes with what is inside it, or `undefined`: each must keep its lower bound. */
export function forbidsWhole(system: SystemRepresentation, component: Component): string | undefined {
  const whole = new Set(wholeOf(component));
  for (const member of whole) {
    for (const { name, from } of member.incoming.filter((binding) => !whole.has(binding.from))) {
      const association = system.associationsTo(member.className).find((candidate) => candidate.name === name);
      const stay = from.lookup(name).filter((peer) => !whole.has(peer)).length;
      if (association && stay < association.toCardinality.lower)
        return `${from.name} needs ${formatCardinality(association.toCardinality)} ${association.to} (${name})`;
    }
    for (const { name, to } of member.outgoing.filter((binding) => !whole.has(binding.to))) {
      const association = system.associationsFrom(member.className).find((candidate) => candidate.name === name);
      const stay = to.incoming.filter((binding) => binding.name === name && !whole.has(binding.from)).length;
      if (association && stay < association.fromCardinality.lower)
        return `${to.name} needs ${formatCardinality(association.fromCardinality)} ${association.from} (${name})`;
    }
  }
  return undefined;
}

/** The component, then what is inside it, containers before their content. */
function wholeOf(component: Component): Component[] {
  return [component, ...[...component.content].flatMap((child) => wholeOf(child))];
}
