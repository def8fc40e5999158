import type { HostOrder } from './host-order.js';
import { bestPair, swap } from './pairs.js';
import { EPSILON, type SearchState } from './state.js';

/** With so many hosts at most, all pairs are tried. */
const ALL_UP_TO = 64;
/** With more: so many of the hottest, each with so many of the coldest and so many in between. */
const HOTTEST = 48;
const COLDEST = 24;
const BETWEEN = 24;

/**
 * Exchanges of two VMs (Sandpiper's swap): where no move of one VM fits or gains, the big one of a hot host against a
 * small one of a cold host may. For each hot host the best exchange with any of its partners, as long as one gains.
 * `hosts`: these instead of the hottest.
 */
export function exchange(state: SearchState, order: HostOrder, hosts?: readonly number[]): boolean {
  let any = false;
  order.refresh();
  const hot = hosts ?? order.hosts.slice(0, order.hosts.length <= ALL_UP_TO ? undefined : HOTTEST);
  for (const host of hot) {
    for (;;) {
      if (state.effort.spent()) return any;
      const best = bestPair(state, host, partnersOf(order), -EPSILON);
      if (!best) break;
      const other = state.assignment.hostOf[best.b]!;
      swap(state, best.a, best.b);
      order.moved(host, other);
      any = true;
    }
  }
  return any;
}

/** Hosts that are tried for exchanges: all, or the coldest and some in between. */
export function partnersOf({ hosts }: HostOrder): readonly number[] {
  if (hosts.length <= ALL_UP_TO) return hosts;
  const rest = hosts.length - COLDEST;
  const between = Array.from({ length: BETWEEN }, (_, index) => hosts[Math.floor((index * rest) / BETWEEN)]!);
  return [...hosts.slice(rest), ...between];
}
