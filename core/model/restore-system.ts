import type { SystemSnapshot } from './bus.js';
import { AttituneError } from './errors.js';
import type { SystemRepresentation } from './system-representation.js';

/**
 * Puts components, attributes, states, placement and bindings into a representation that holds only its hosts yet, as a
 * former manager knew them, with the numbers that are used up. Of the hosts it takes the attributes, such as `maintenance`;
 * how they are is for whoever asks them. Throws `store` for what does not fit the deployment.
 */
export function restoreSystem(
  system: SystemRepresentation,
  snapshot: SystemSnapshot,
  counters: Readonly<Record<string, number>>,
): void {
  const instances = snapshot.components.filter(({ kind }) => kind !== 'host');
  try {
    for (const host of snapshot.components.filter(({ kind }) => kind === 'host'))
      for (const [name, value] of Object.entries(host.attributes))
        system.component(host.name).setAttribute(name, value);
    for (const [className, number] of Object.entries(counters)) system.useNumbers(className, number);
    for (const one of instances) system.recreate(one);
    for (const { name, node } of instances) {
      if (node !== undefined) system.place(system.component(name), system.component(node));
    }
    for (const { name, from, to } of snapshot.bindings) system.component(from).bind(name, system.component(to));
    for (const { name, state, expected, failure } of instances) {
      const wanted = expected ?? (state === 'started' || state === 'starting' ? 'started' : 'stopped');
      system.component(name).lifeCycle.restore(state, wanted, failure);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AttituneError('store', `The stored system "${snapshot.name}" does not fit its deployment: ${reason}`, {
      cause: error,
    });
  }
}
