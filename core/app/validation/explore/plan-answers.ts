import type { Scope } from '../../../loop/operations/scope.js';
import type { SystemRepresentation } from '../../../model/system-representation.js';
import type { Plan, PlanAnswer } from '../../../placement/cluster.js';

/**
 * What each goal can answer apart from what the real planner says of the deployment as it is. Load decides some of them,
 * and while diagrams are explored there is none, so their moves are made up here.
 */
const OTHER_ANSWERS: Readonly<Record<string, readonly PlanAnswer[]>> = {
  relieve: ['move', 'nothing-to-do', 'no-gain', 'infeasible'],
  return: ['move', 'nothing-to-do', 'infeasible'],
  gather: ['move', 'nothing-to-do', 'no-gain', 'infeasible'],
  evacuate: ['move', 'nothing-to-do', 'infeasible'],
  elsewhere: ['nothing-to-do', 'infeasible'],
  grow: ['nothing-to-do'],
  spare: ['nothing-to-do', 'infeasible'],
  restart: ['exhausted'],
  size: ['nothing-to-do'],
  room: ['move', 'infeasible'],
  energy: ['move', 'nothing-to-do', 'no-gain', 'infeasible'],
  overbook: ['move', 'nothing-to-do', 'no-gain', 'infeasible'],
  closer: ['move', 'nothing-to-do', 'no-gain', 'infeasible'],
};

export interface PlanSituation {
  readonly system: SystemRepresentation;
  readonly scope: Scope;
  /** VMs that no goal would move now: they have just been moved, or are to be left alone. */
  readonly settled: (vm: string) => boolean;
}

/** Plans that may come instead of the real one: one for each other answer that makes sense now. */
export function otherPlans(goal: string, real: Plan, { system, scope, settled }: PlanSituation): Plan[] {
  // whatever would be done, an administrator may decline it
  const answers: readonly PlanAnswer[] = Object.hasOwn(OTHER_ANSWERS, goal)
    ? [...(OTHER_ANSWERS[goal] ?? []), 'declined']
    : [];
  return answers
    .filter((answer) => answer !== real.answer)
    .flatMap((answer): Plan[] => {
      const moves = answer === 'move' ? someMove(goal, { system, scope, settled }) : [];
      if (answer === 'move' && moves.length === 0) return [];
      const why = 'the exploration wanted it';
      const left = goal === 'evacuate' ? { left: [] } : {};
      return [{ goal, answer, moves, rejected: [], ...left, why }];
    });
}

/** A move that the goal could ask for: off the host that it is about, or, to bring one home, onto it. */
function someMove(goal: string, { system, scope, settled }: PlanSituation): Plan['moves'] {
  const vms = system.components.filter(({ kind, lifeCycle }) => kind === 'vm' && lifeCycle.state === 'started');
  const subject = scope.this && system.hostOf(scope.this);
  for (const vm of vms) {
    const from = system.hostOf(vm);
    if (settled(vm.name)) continue;
    if (!from || (goal === 'return' ? from === subject : subject && goal !== 'gather' && from !== subject)) continue;
    const family = system.instances(system.classOf(vm.className).hosts ?? '');
    const to = goal === 'return' ? subject : family.find((host) => host !== from);
    if (to) return [{ vm: vm.name, from: from.name, to: to.name, gain: 0.5, why: 'the exploration wanted it' }];
  }
  return [];
}

/** `this` and `arg` of a session, from the data that it was started with. */
export function scopeFrom(data: Readonly<Record<string, unknown>>, system: SystemRepresentation): Scope {
  const named = (value: unknown) => {
    const name = typeof value === 'object' && value !== null ? (value as { name?: unknown }).name : undefined;
    return typeof name === 'string' && system.has(name) ? system.component(name) : undefined;
  };
  const [self, arg] = [named(data['this']), named(data['arg'])];
  return { ...(self ? { this: self } : {}), ...(arg ? { arg } : {}) };
}
