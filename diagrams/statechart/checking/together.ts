import { isDescendant } from '../chart/chart.js';
import type { StateNode } from '../chart/chart.js';

/** Whether two states can be active at once: one inside the other, or in different regions of a parallel state. */
export function canBeTogether(a: StateNode, b: StateNode): boolean {
  if (a === b || isDescendant(a, b) || isDescendant(b, a)) return true;
  let ancestor = a.parent;
  while (ancestor && !isDescendant(b, ancestor)) ancestor = ancestor.parent;
  return ancestor?.kind === 'parallel';
}
