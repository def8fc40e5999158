import type { Random } from '../../model/random.js';
import { exchange } from './exchanges.js';
import type { HostOrder } from './host-order.js';
import { descendOn } from './single-moves.js';
import { EPSILON, type SearchState } from './state.js';
import type { Targets } from './targets.js';

/** Hosts whose moves are thought over again in one round. */
const HOSTS = 3;
/** Rounds without a gain after which nothing more is expected. */
const PATIENCE = 60;

/**
 * Large neighbourhood search (Shaw 1998): the moves from and to a few hosts, by chance, are taken back and searched for
 * anew; what is no better than before is undone. It goes on as long as it gains now and then, and there is effort left.
 */
export function rebuild(state: SearchState, order: HostOrder, targets: Targets, random: Random): void {
  const { assignment, problem } = state;
  for (let vain = 0; vain < PATIENCE && !state.effort.spent();) {
    const moved: number[] = [];
    for (let vm = 0; vm < problem.vms; vm += 1) if (assignment.hostOf[vm] !== problem.start[vm]) moved.push(vm);
    if (moved.length === 0) return;
    const before = state.value();
    const mark = state.mark();
    const hosts = new Set<number>();
    for (let count = 0; count < HOSTS; count += 1) {
      const vm = moved[Math.floor(random.next() * moved.length)]!;
      hosts.add(assignment.hostOf[vm]!);
      if (problem.start[vm]! >= 0) hosts.add(problem.start[vm]!);
    }
    takeHome(state, moved, hosts, random);
    order.refresh();
    const around = [...hosts];
    do descendOn(state, order, targets, around);
    while (!state.effort.spent() && exchange(state, order, around));
    if (state.value() < before - EPSILON) {
      vain = 0;
      continue;
    }
    vain += 1;
    state.undo(mark);
  }
}

/** About half of what moved from or to these hosts goes home, where it still may. */
function takeHome(state: SearchState, moved: readonly number[], hosts: ReadonlySet<number>, random: Random): void {
  const { assignment, problem } = state;
  for (const vm of moved) {
    const home = problem.start[vm]!;
    if (!hosts.has(assignment.hostOf[vm]!) && !hosts.has(home)) continue;
    if (random.next() < 0.5 && home >= 0 && state.mayGo(vm, home)) state.apply(vm, home);
  }
}
