import type { StateNode } from '../chart/chart.js';

/** How a message names a state: by its id, or by what it is where the author gave none. */
export function nameOf(state: StateNode): string {
  return state.authored ? `the state "${state.id}"` : `this <${state.kind === 'final' ? 'final' : 'state'}>`;
}
