import type { Random } from '../../model/random.js';
import { moveBlocks } from './blocks.js';
import { chain } from './chains.js';
import { drain } from './drains.js';
import { exchange } from './exchanges.js';
import { HostOrder } from './host-order.js';
import { rebuild } from './rebuild.js';
import { COARSE, descend, FINE } from './single-moves.js';
import type { SearchState } from './state.js';
import { Targets } from './targets.js';

export interface SearchOptions {
  /** VMs that must stay together. */
  readonly blocks: readonly (readonly number[])[];
  /** True where the goal holds, and there is nothing more to look for. */
  readonly isDone: () => boolean;
  readonly random: Random;
}

/** With more hosts than this, the way down begins with large steps. */
const MANY_HOSTS = 64;

/**
 * Makes the state as good as it finds a way to within its effort: moves of one VM; where those end, several VMs off one
 * host, blocks of VMs that must stay together, exchanges and chains, and after any of them moves of one VM again. With what effort is left, parts are
 * searched for anew, by chance.
 * Any-time: the state is sound whenever it ends.
 */
export function search(state: SearchState, { blocks, isDone, random }: SearchOptions): void {
  const order = new HostOrder(state);
  const targets = new Targets(state, order);
  if (state.problem.hosts > MANY_HOSTS) descend(state, order, targets, COARSE);
  const ways = [
    () => descend(state, order, targets, FINE),
    () => drain(state, order, targets),
    () => moveBlocks(state, order, blocks),
    () => exchange(state, order),
    () => chain(state, order, targets),
  ];
  for (let way = 0; way < ways.length && !state.effort.spent() && !isDone();) {
    way = ways[way]!() && way > 0 ? 0 : way + 1;
  }
  if (!isDone()) rebuild(state, order, targets, random);
}
