import type { HostOrder } from './host-order.js';
import { EPSILON, type SearchState } from './state.js';
import type { Targets } from './targets.js';

/** Hosts whose VMs are compared for one move: the hottest. */
const SIDE_BY_SIDE = 4;
/** Moves after which the order of all hosts is made anew. */
const REFRESH_EVERY = 32;

/**
 * The steepest way down by moves of one VM: of the VMs on the hottest hosts the one that gains most; where none there
 * gains, the next hosts'. Ends when a round over all hosts has found nothing. True where it moved anything.
 */
export function descend(state: SearchState, order: HostOrder, targets: Targets): boolean {
  let moved = 0;
  for (let before = -1; before < moved && !state.effort.spent();) {
    before = moved;
    order.refresh();
    targets.look();
    for (let place = 0; place < order.hosts.length && !state.effort.spent();) {
      const best = bestOf(state, targets, order.hosts.slice(place, place + SIDE_BY_SIDE));
      if (!best) {
        place += SIDE_BY_SIDE;
        continue;
      }
      const from = state.assignment.hostOf[best.vm]!;
      state.apply(best.vm, best.to);
      order.moved(from, best.to);
      moved += 1;
      if (moved % REFRESH_EVERY === 0) order.refresh();
      targets.look();
    }
  }
  return moved > 0;
}

function bestOf(state: SearchState, targets: Targets, hosts: readonly number[]) {
  let best: { readonly vm: number; readonly to: number; readonly delta: number } | undefined;
  for (const host of hosts) {
    for (const vm of state.assignment.vmsOn(host)) {
      if (state.problem.movable[vm] === 0) continue;
      const found = targets.best(vm, best?.delta ?? -EPSILON);
      if (found) best = { vm, ...found };
    }
  }
  return best;
}
