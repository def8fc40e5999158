import type { HostOrder } from './host-order.js';
import { EPSILON, type SearchState } from './state.js';
import type { Target, Targets } from './targets.js';

/** How much is compared for one move. */
export interface Width {
  /** The VMs of so many hosts, the hottest. */
  readonly hosts: number;
  /** So many targets for each, the coldest; absent: as {@link Targets} has them. */
  readonly targets?: number;
}

export const FINE: Width = { hosts: 4 };
/** For large clusters: a hundred times as fast, and nearly as good as long as much is to be done. */
export const COARSE: Width = { hosts: 1, targets: 4 };

/** Moves after which the order of all hosts is made anew. */
const REFRESH_EVERY = 32;

/**
 * The steepest way down by moves of one VM: of the VMs on the hottest hosts the one that gains most; where none there
 * gains, the next hosts'. Ends when a round over all hosts has found nothing. True where it moved anything.
 */
export function descend(state: SearchState, order: HostOrder, targets: Targets, width: Width): boolean {
  let moved = 0;
  for (let before = -1; before < moved && !state.effort.spent();) {
    before = moved;
    order.refresh();
    for (let place = 0; place < order.hosts.length && !state.effort.spent();) {
      const best = bestOf(state, targets, order.hosts.slice(place, place + width.hosts), -EPSILON, width.targets);
      if (!best) {
        place += width.hosts;
        continue;
      }
      const from = state.assignment.hostOf[best.vm]!;
      state.apply(best.vm, best.to);
      order.moved(from, best.to);
      moved += 1;
      if (moved % REFRESH_EVERY === 0) order.refresh();
    }
  }
  return moved > 0;
}

/** The same for the VMs of a few hosts only. */
export function descendOn(state: SearchState, order: HostOrder, targets: Targets, hosts: readonly number[]): void {
  while (!state.effort.spent()) {
    const best = bestOf(state, targets, hosts, -EPSILON);
    if (!best) return;
    const from = state.assignment.hostOf[best.vm]!;
    state.apply(best.vm, best.to);
    order.moved(from, best.to);
  }
}

/** The best move of any VM of these hosts, where it adds less than `than` to the value. */
export function bestOf(
  state: SearchState,
  targets: Targets,
  hosts: readonly number[],
  than: number,
  wanted?: number,
): (Target & { readonly vm: number }) | undefined {
  let best: (Target & { readonly vm: number }) | undefined;
  for (const host of hosts) {
    for (const vm of state.assignment.vmsOn(host)) {
      if (state.problem.movable[vm] === 0) continue;
      const found = targets.best(vm, best?.delta ?? than, wanted);
      if (found) best = { vm, ...found };
    }
  }
  return best;
}
