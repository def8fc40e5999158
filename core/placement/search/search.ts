import { exchange } from './exchanges.js';
import { HostOrder } from './host-order.js';
import { descend } from './single-moves.js';
import type { SearchState } from './state.js';
import { Targets } from './targets.js';

export function search(state: SearchState): void {
  const order = new HostOrder(state);
  const targets = new Targets(state, order);
  descend(state, order, targets);
  while (!state.effort.spent() && exchange(state, order)) descend(state, order, targets);
}
