import { startAssignment } from '../assignment.js';
import type { Cluster } from '../cluster.js';
import { compileProblem } from '../compile-problem.js';
import { compileRules } from '../constraints/index.js';
import { costsOf } from '../costs.js';
import { compileObjectives } from '../objectives/index.js';
import { MovesTerm } from '../objectives/moves.js';
import { SoftTerm } from '../objectives/soft.js';
import type { Objective } from '../objectives/term.js';
import { WakeTerm } from '../objectives/wake.js';
import type { HardRule, Problem } from '../problem.js';
import type { PlacementRequest } from '../request.js';
import { cycleRule, migrationCost, movableVms, type MovableVms } from '../stability/index.js';
import { Effort } from './effort.js';
import { SearchState } from './state.js';

/** All that one search works with, as the cluster is before any move. */
export interface Workspace {
  readonly problem: Problem;
  readonly rules: readonly HardRule[];
  readonly objectives: readonly Objective[];
  /** Soft constraints; absent: there are none. */
  readonly soft?: SoftTerm;
  readonly state: SearchState;
  readonly stays: MovableVms;
}

export interface WorkspaceOptions {
  /** VMs that stay, such as those whose moves were found not to be reachable. */
  readonly fixed?: ReadonlySet<number>;
  /** True: moves cost nothing; to tell whether there is anything that helps at all. */
  readonly free?: boolean;
}

/** How many candidates are weighed where no time is given: many for each VM of a small cluster, fewer for more. */
const CANDIDATES_PER_VM = 6000;
const CANDIDATES = 2_000_000;
const CANDIDATES_PER_VM_MORE = 400;

export function workspace(
  cluster: Cluster,
  request: PlacementRequest,
  { fixed, free = false }: WorkspaceOptions = {},
): Workspace {
  const { limits, objectives: wanted, search } = request;
  const leaving = wanted.flatMap(({ type, hosts }) => (type === 'evacuate' ? (hosts ?? []) : []));
  const stability = { ...limits, urgent: [...(limits.urgent ?? []), ...leaving] };
  const stays = movableVms(cluster, stability);
  const problem = compileProblem(cluster, {
    below: limits.below,
    ...(request.demand === undefined ? {} : { demand: request.demand }),
    movable: stays.movable.map((movable, vm) => movable && fixed?.has(vm) !== true),
    wake: new Set(request.wake),
    closed: new Set(leaving),
  });
  const assignment = startAssignment(problem);
  const cycles = cycleRule(assignment, stability);
  const rules = [...compileRules(problem, assignment, { wake: request.wake ?? [] }), ...(cycles ? [cycles] : [])];
  const objectives = compileObjectives(assignment, wanted, request.powerOff && new Set(request.powerOff));
  const soft = SoftTerm.of(assignment);
  const perMove = wanted.reduce((sum, { type, weight = 1 }) => sum + (type === 'moves' ? weight : 0), 0);
  const costs = free
    ? new Float64Array(problem.vms)
    : costsOf(problem, limits.minimumGain, perMove, (vm) => migrationCost(cluster.vms[vm]!, cluster.network).totalMs);
  const state = new SearchState({
    assignment,
    terms: [
      ...objectives.map(({ term }) => term),
      ...(soft ? [soft] : []),
      ...(request.wake ? [new WakeTerm(assignment)] : []),
    ],
    moves: new MovesTerm(1, assignment, costs),
    rules,
    effort: effortOf(problem, search),
    maxMoves: search.maxMoves ?? Infinity,
  });
  return { problem, rules, objectives, ...(soft ? { soft } : {}), state, stays };
}

function effortOf(problem: Problem, { budgetMs, now }: PlacementRequest['search']): Effort {
  if (budgetMs !== undefined && now) return new Effort(Infinity, budgetMs, now);
  return new Effort(Math.min(CANDIDATES, CANDIDATES_PER_VM * problem.vms) + CANDIDATES_PER_VM_MORE * problem.vms);
}

/** Named measures of all objectives, of soft constraints where there are any, and how many VMs are elsewhere. */
export function measuresOf({ objectives, soft, state }: Workspace): Readonly<Record<string, number>> {
  const measures = Object.assign({}, ...objectives.map((objective) => objective.measures())) as Record<string, number>;
  return { ...measures, ...(soft ? { softBroken: soft.value() } : {}), vmsMoved: state.moves.count };
}
