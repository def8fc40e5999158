import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { SystemRepresentation } from '../../model/system-representation.js';

/**
 * The order in which components start: each after the VM that it is in and after every component of the list that it is
 * bound to. Those of one layer need nothing of each other. The reverse is the order to stop in. Throws `illegal-binding`
 * where bindings lead round in a circle.
 */
export function startOrder(
  system: SystemRepresentation,
  components: readonly Component[],
): readonly (readonly Component[])[] {
  const waiting = new Set(components.filter(({ kind }) => kind !== 'host'));
  const needs = (component: Component): readonly Component[] => {
    const node = system.nodeOf(component);
    const servers = component.outgoing.map(({ to }) => to);
    return [...servers, ...(node ? [node] : [])].filter((needed) => waiting.has(needed));
  };
  const layers: (readonly Component[])[] = [];
  while (waiting.size > 0) {
    const layer = [...waiting].filter((component) => needs(component).length === 0);
    if (layer.length === 0) throw circle([...waiting], needs);
    layers.push(layer);
    for (const component of layer) waiting.delete(component);
  }
  return layers;
}

function circle(waiting: readonly Component[], needs: (component: Component) => readonly Component[]): AttituneError {
  const path: Component[] = [];
  let next = waiting[0];
  while (next && !path.includes(next)) {
    path.push(next);
    next = needs(next)[0];
  }
  const round = next ? [...path.slice(path.indexOf(next)), next] : path;
  return new AttituneError(
    'illegal-binding',
    `There is no order to start in, for each of these needs the next: ${round.map(({ name }) => name).join(' → ')}. Take one binding away, or write a start diagram for this deployment.`,
  );
}
