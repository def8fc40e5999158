import type { SystemSnapshot } from '../../../model/bus.js';
import type { SystemRepresentation } from '../../../model/system-representation.js';

/**
 * Brings a system that was just wired to where its start diagrams once brought it, without running them again. False,
 * and nothing is changed, where they made, removed or bound components.
 */
export function applyStarted(system: SystemRepresentation, started: SystemSnapshot): boolean {
  const present = system.snapshot(started.at);
  if (shapeOf(present) !== shapeOf(started)) return false;
  for (const { name, kind, state, expected, failure, node, attributes } of started.components) {
    const component = system.component(name);
    for (const [key, value] of Object.entries(attributes)) component.setAttribute(key, value);
    if (kind === 'host') continue;
    if (node !== undefined && node !== system.nodeOf(component)?.name) system.place(component, system.component(node));
    component.lifeCycle.restore(state, expected ?? 'stopped', failure);
  }
  return true;
}

/** Components and bindings, without what becomes of them. */
function shapeOf({ components, bindings }: SystemSnapshot): string {
  return JSON.stringify([components.map(({ name }) => name), bindings]);
}
