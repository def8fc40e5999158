import type { HostOrder } from './host-order.js';
import { EPSILON, type SearchState } from './state.js';

/** Hosts that are tried for each block: those under least pressure. */
const TARGETS = 64;

/** VMs that must stay together go together: each block to the host where it gains most, where any gains. */
export function moveBlocks(state: SearchState, order: HostOrder, blocks: readonly (readonly number[])[]): boolean {
  order.refresh();
  let any = false;
  for (const block of blocks) {
    if (state.effort.spent()) return any;
    const { hostOf } = state.assignment;
    const from = hostOf[block[0]!]!;
    if (block.some((vm) => state.problem.movable[vm] === 0 || hostOf[vm] !== from)) continue;
    const to = bestHost(state, order, block, from);
    if (to === undefined) continue;
    for (const vm of block) state.apply(vm, to);
    order.moved(from, to);
    any = true;
  }
  return any;
}

function bestHost(
  state: SearchState,
  { hosts }: HostOrder,
  block: readonly number[],
  from: number,
): number | undefined {
  let best: number | undefined;
  let least = -EPSILON;
  const mark = state.mark();
  for (const to of hosts.slice(-TARGETS)) {
    if (to === from || !block.every((vm) => state.hasRoom(vm, to))) continue;
    let sum = 0;
    for (const vm of block) {
      sum += state.delta(vm, to);
      state.apply(vm, to);
    }
    if (sum < least && state.isSound(block)) {
      least = sum;
      best = to;
    }
    state.undo(mark);
  }
  return best;
}
