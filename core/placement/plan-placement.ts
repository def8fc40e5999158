import { AttituneError } from '../model/errors.js';
import { checkCluster } from './check-cluster.js';
import type { Cluster, ClusterHost, Plan } from './cluster.js';
import { mayPowerOff } from './constraints/index.js';
import { rejections } from './explain/rejections.js';
import { tellMoves, type Worth } from './explain/moves.js';
import { whyMoves, whyNothing } from './explain/answers.js';
import { findMoves } from './search/find-moves.js';
import { measuresOf, workspace, type Workspace } from './search/workspace.js';
import type { PlacementRequest } from './request.js';

export type { DemandMeasure } from './compile-problem.js';
export type { BalanceMeasure, ObjectiveRequest, ObjectiveType } from './objectives/index.js';
export type { PlacementLimits, PlacementRequest, SearchRequest } from './request.js';

/**
 * Plans for one goal: which VMs to move where, in steps whose every state keeps the hard constraints, or why none. The
 * cluster is checked first (an `AttituneError` of `checkCluster` tells all that is wrong with it); what may
 * not move stays; the search looks for the best; what gains less than it costs is left out. Pure but for `search.now`.
 */
export function planPlacement(cluster: Cluster, request: PlacementRequest): Plan {
  const { now } = request.search;
  const began = now?.() ?? 0;
  const plan = decide(cluster, request);
  return now ? { ...plan, elapsedMs: now() - began } : plan;
}

function decide(cluster: Cluster, request: PlacementRequest): Plan {
  refuse(checkCluster(cluster, { live: true }));
  const begin = workspace(cluster, request);
  const { steps, end } = findMoves(cluster, request);
  const { hostOf } = end.state.assignment;
  const chosen = new Map(steps.flat().map(({ vm }) => [vm, hostOf[vm]!]));
  const holds = chosen.size === 0 && begin.objectives.every((objective) => objective.holds());
  const common = {
    goal: request.goal,
    rejected: holds ? [] : rejections(begin.state, begin.rules, begin.stays.rejected, chosen),
    before: measuresOf(begin),
    after: measuresOf(end),
    ...leftOf(begin),
    ...switched(cluster, request, end),
  };
  if (chosen.size === 0) return { ...common, moves: [], ...whyNothing(cluster, request, begin) };
  const freesOnly = request.objectives.every(({ type }) => type === 'relieve');
  const moves = tellMoves(begin.state.assignment, end.state.assignment, steps, (vm) => worthOf(end, vm, freesOnly));
  return { ...common, answer: 'move', moves, why: whyMoves(begin, end, chosen.size) };
}

/** Nothing is decided on a cluster that cannot be: all that is wrong with it is told in one error. */
function refuse(errors: readonly AttituneError[]): void {
  const [first, ...others] = errors;
  if (!first) return;
  if (others.length === 0) throw first;
  throw new AttituneError(first.code, errors.map(({ message }) => message).join('; '), { cause: first });
}

/** What is lost if the VM went home again is what its move gains; of a hot host, the share of its CPU that it frees. */
function worthOf({ state, problem }: Workspace, vm: number, freesOnly: boolean): Worth {
  const home = problem.start[vm]!;
  const { gain, cost } = state.worth(vm, home);
  return { gain: freesOnly && home >= 0 ? problem.cpu[vm]! / problem.cpuCapacity[home]! : -gain, cost: -cost };
}

/** VMs that are on hosts to be emptied, before any move. */
function leftOf(begin: Workspace): Pick<Plan, 'left'> {
  const lists = begin.objectives.flatMap((objective) => objective.unmet?.().left ?? []);
  return lists.length > 0 ? { left: lists } : {};
}

/** Hosts to be woken, since VMs go there, and hosts that are empty in the end and may be switched off. */
function switched(cluster: Cluster, request: PlacementRequest, { state, problem }: Workspace): Partial<Plan> {
  const { countOn } = state.assignment;
  const isEmpty = (name: string) => countOn[problem.hostIndex.get(name) ?? -1] === 0;
  const wake = (request.wake ?? []).filter((name) => hostOf(cluster, name)?.powered === 'off' && !isEmpty(name));
  const off = new Set<string>();
  for (const name of request.powerOff ?? []) {
    const host = hostOf(cluster, name);
    if (!host || host.powered === 'off' || host.powered === 'changing' || !isEmpty(name)) continue;
    if ((host.software ?? []).length === 0 && mayPowerOff(cluster, name, off)) off.add(name);
  }
  return { ...(wake.length > 0 ? { wake } : {}), ...(off.size > 0 ? { powerOff: [...off] } : {}) };
}

function hostOf(cluster: Cluster, name: string): ClusterHost | undefined {
  return cluster.hosts.find((host) => host.name === name);
}
