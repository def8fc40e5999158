import { SeededRandom } from '../../model/random.js';
import type { Cluster } from '../cluster.js';
import { gatherBlocks } from '../constraints/index.js';
import type { PlacementRequest } from '../request.js';
import { schedule } from '../schedule/index.js';
import type { ScheduledMove, WantedMove } from '../schedule/types.js';
import { search } from './search.js';
import { EPSILON, type SearchState } from './state.js';
import { workspace, type Workspace, type WorkspaceOptions } from './workspace.js';

export interface Found {
  /** The workspace as it is after all steps. */
  readonly end: Workspace;
  readonly steps: readonly (readonly ScheduledMove[])[];
}

/** How often a search begins anew without the moves that could not be put into steps. */
const ROUNDS = 3;

/** Searches, and puts what was found into steps; where some cannot be reached, searches again without those VMs. */
export function findMoves(cluster: Cluster, request: PlacementRequest, options: WorkspaceOptions = {}): Found {
  const fixed = new Set(options.fixed);
  for (let round = 1; ; round += 1) {
    const end = workspace(cluster, request, { ...options, fixed });
    const { state, problem, objectives, soft } = end;
    const before = state.value();
    search(state, {
      random: new SeededRandom(request.search.seed),
      blocks: gatherBlocks(cluster),
      isDone: () => objectives.every((objective) => objective.holds()) && (soft?.value() ?? 0) < EPSILON,
    });
    const { steps, dropped } = schedule(problem, wantedOf(state), { wake: request.wake ?? [] });
    if (dropped.length > 0 && round < ROUNDS) {
      for (const { vm } of dropped) fixed.add(vm);
      continue;
    }
    for (const { vm } of dropped) state.apply(vm, problem.start[vm]!);
    if (state.value() < before - EPSILON) return { end, steps };
    state.undo(0);
    return { end, steps: [] };
  }
}

function wantedOf({ assignment, problem }: SearchState): readonly WantedMove[] {
  const wanted: WantedMove[] = [];
  for (let vm = 0; vm < problem.vms; vm += 1) {
    const to = assignment.hostOf[vm]!;
    if (to !== problem.start[vm]) wanted.push({ vm, to });
  }
  return wanted;
}
