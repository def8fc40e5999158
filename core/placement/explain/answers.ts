import type { Cluster, Plan } from '../cluster.js';
import { smallestConflict } from '../conflict.js';
import { digits } from '../objectives/index.js';
import type { PlacementRequest } from '../request.js';
import { findMoves } from '../search/find-moves.js';
import { schedule } from '../schedule/index.js';
import type { Workspace } from '../search/workspace.js';

/** One line for a plan that moves something. */
export function whyMoves(begin: Workspace, end: Workspace, vms: number): string {
  const counted = vms === 1 ? 'one VM is moved' : `${vms} VMs are moved`;
  return `${told(begin)}; ${counted}; then ${told(end) || 'the goal holds'}`;
}

/** A gain, in hosts, that is none: what a search finds where a sum is only almost even. */
const NEXT_TO_NOTHING = 1e-3;

/** Which of the answers without moves it is, and why. */
export function whyNothing(
  cluster: Cluster,
  request: PlacementRequest,
  begin: Workspace,
): Pick<Plan, 'answer' | 'why' | 'conflict'> {
  if (begin.objectives.every((objective) => objective.holds())) {
    return { answer: 'nothing-to-do', why: told(begin) || 'the goal holds' };
  }
  const { end, steps } = findMoves(cluster, request, { free: true });
  const gain = begin.state.value() - end.state.value();
  if (steps.length > 0 && gain > NEXT_TO_NOTHING) {
    const vms = end.state.moves.count;
    const counted = vms === 1 ? 'one VM' : `${vms} VMs`;
    const why = `${told(begin)}; moving ${counted} would gain ${digits(gain)}, which is less than it costs`;
    return { answer: 'no-gain', why };
  }
  const unmet = begin.objectives.filter((objective) => !objective.holds() && objective.unmet !== undefined);
  if (unmet.length === 0) return { answer: 'nothing-to-do', why: `${told(begin)}, and no move makes it better` };
  const found = smallestConflict(begin.problem, {
    leave: unmet.flatMap((objective) => objective.unmet?.().leave ?? []),
    cool: unmet.flatMap((objective) => objective.unmet?.().cool ?? []),
    below: request.limits.below,
    wake: request.wake ?? [],
    rejected: begin.stays.rejected,
    cycles: begin.rules.find(({ rule }) => rule === 'cycle'),
  });
  if (found.feasible) return whyNotTaken(request, begin, found.placement);
  const why = `${told(begin)}, and nothing that may be done changes it: ${found.conflict.join('; ')}`;
  return { answer: 'infeasible', conflict: found.conflict, why };
}

/** What was asked for can be met by these moves, and yet they are not made: too many, not reachable, or not worth it. */
function whyNotTaken(
  request: PlacementRequest,
  begin: Workspace,
  placement: ReadonlyMap<number, number>,
): Pick<Plan, 'answer' | 'why' | 'conflict'> {
  const most = request.search.maxMoves ?? Infinity;
  const counted = placement.size === 1 ? 'one VM' : `${placement.size} VMs`;
  const moves = [...placement].map(([vm, to]) => ({ vm, to }));
  const { dropped } = schedule(begin.problem, moves, { wake: request.wake ?? [] });
  const conflict =
    placement.size > most
      ? [`a plan may move ${most} ${most === 1 ? 'VM' : 'VMs'} at most, and ${counted} would have to move`]
      : [...new Set(dropped.map(({ why }) => why))];
  if (conflict.length > 0)
    return { answer: 'infeasible', conflict, why: `${told(begin)}, and no way leads on: ${conflict.join('; ')}` };
  const why = `${told(begin)}; moving ${counted} would change that, and lose more than it gains`;
  return { answer: 'no-gain', why };
}

function told({ objectives }: Workspace): string {
  return objectives
    .map((objective) => objective.told())
    .filter((text) => text !== '')
    .join(', ');
}
