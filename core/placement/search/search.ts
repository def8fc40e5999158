import type { Random } from '../../model/random.js';
import { exchange } from './exchanges.js';
import { HostOrder } from './host-order.js';
import { descend } from './single-moves.js';
import type { SearchState } from './state.js';
import { Targets } from './targets.js';

/**
 * Makes the state as good as it finds a way to within its effort. Any-time: what it has done so far is sound whenever it
 * ends. `blocks` are VMs that must stay together.
 */
export function search(state: SearchState, _random: Random, _blocks: readonly (readonly number[])[] = []): void {
  const order = new HostOrder(state);
  const targets = new Targets(state, order);
  descend(state, order, targets);
  while (!state.effort.spent() && exchange(state, order)) descend(state, order, targets);
}
