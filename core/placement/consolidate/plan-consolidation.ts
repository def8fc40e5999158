import { wattsAt } from '../../model/power.js';
import { assignmentOf, startAssignment } from '../assignment.js';
import { checkCluster } from '../check-cluster.js';
import type { Cluster, Plan } from '../cluster.js';
import { compileProblem } from '../compile-problem.js';
import { compileRules, mayPowerOff } from '../constraints/index.js';
import { tellMoves } from '../explain/moves.js';
import type { Assignment, Problem } from '../problem.js';
import { planPlacement, type PlacementLimits } from '../plan-placement.js';
import { schedule, type ScheduledMove } from '../schedule/index.js';
import { cycleRule, movableVms } from '../stability/index.js';
import { asRules, clusterView } from './cluster-view.js';
import { consolidate } from './consolidate.js';
import { CONSOLIDATION_SETTINGS } from './settings.js';
import type { ConsolidationDecision, ConsolidationSettings } from './view.js';

export interface ConsolidationRequest {
  /** How the goal is called in plans, journal and events; absent: `consolidate`. */
  readonly goal?: string;
  /** `below` is what no host may be filled to; hosts above it are relieved. */
  readonly limits: Omit<PlacementLimits, 'minimumGain'>;
  readonly settings?: Partial<ConsolidationSettings>;
  /** Hosts that are off and may be woken, and those that may be switched off once they are empty. */
  readonly wake?: readonly string[];
  readonly powerOff?: readonly string[];
}

/** How often it is decided anew without moves that cannot be put into steps. */
const ROUNDS = 3;
/** The same snapshot gives the same plan. */
const SEED = 1;

/**
 * Plans with the policy that is measured on recorded days (`core/consolidation`): few hosts in use, none above its limit, few
 * migrations. Hard constraints, cool-downs and cycles are kept, and moves come in steps, as with `planPlacement`. Nothing
 * is decided while a host that is on was not read. Pure.
 *
 * @throws what is wrong with the cluster, as `checkCluster` tells it.
 */
export function planConsolidation(cluster: Cluster, request: ConsolidationRequest): Plan {
  for (const error of checkCluster(cluster, { live: true })) throw error;
  const goal = request.goal ?? 'consolidate';
  const unread = cluster.hosts.find(({ powered = 'on', cpuUsed }) => powered === 'on' && cpuUsed === undefined);
  if (unread) {
    const detail = `no fresh CPU reading of ${unread.name}, so nothing is moved`;
    const rejected = [{ vm: unread.name, rule: 'no-fresh-reading', detail } as const];
    return { goal, answer: 'infeasible', moves: [], rejected, why: detail };
  }
  const { problem, decision, steps, rejected } = decide(cluster, request);
  const start = startAssignment(problem);
  const end = assignmentOf(problem, endOf(problem, steps));
  const common = { goal, rejected, before: measures(start, request), after: measures(end, request) };
  if (steps.length === 0) {
    if (decision.overloaded.length > 0) return relieveOtherwise(cluster, request, goal);
    const why = 'no host is overloaded, and none can be spared';
    return { ...common, answer: 'nothing-to-do', moves: [], why };
  }
  const { wake, powerOff } = switched(cluster, request, end);
  return {
    ...common,
    answer: 'move',
    moves: tellMoves(start, end, steps, (vm) => ({
      gain: problem.cpu[vm]! / problem.cpuCapacity[problem.start[vm]!]!,
      cost: 0,
    })),
    ...(wake.length > 0 ? { wake } : {}),
    ...(powerOff.length > 0 ? { powerOff } : {}),
    why: whyMoves(cluster, decision),
  };
}

function decide(cluster: Cluster, request: ConsolidationRequest) {
  const { limits, wake = [] } = request;
  const settings = { ...CONSOLIDATION_SETTINGS, ...request.settings };
  const stays = movableVms(cluster, limits);
  const fixed = new Set<number>();
  for (let round = 1; ; round += 1) {
    const movable = stays.movable.map((may, vm) => may && !fixed.has(vm));
    const problem = compileProblem(cluster, { below: limits.below, movable, wake: new Set(wake) });
    const assignment = startAssignment(problem);
    const cycles = cycleRule(assignment, limits);
    const rules = [...compileRules(problem, assignment, { wake }), ...(cycles ? [cycles] : [])];
    const decision = consolidate(clusterView(problem, asRules(assignment, rules)), settings);
    const { steps, dropped } = schedule(problem, decision.moves, { wake });
    if (dropped.length === 0 || round === ROUNDS) return { problem, decision, steps, rejected: stays.rejected };
    for (const { vm } of dropped) fixed.add(vm);
  }
}

function endOf(problem: Problem, steps: readonly (readonly ScheduledMove[])[]): Int32Array {
  const hostOf = Int32Array.from(problem.start);
  for (const { vm, to } of steps.flat()) hostOf[vm] = to;
  return hostOf;
}

/** Hosts with VMs, those above their limit, and, where curves are known, what hosts that stay on draw. */
function measures(assignment: Assignment, { powerOff = [] }: ConsolidationRequest): Readonly<Record<string, number>> {
  const { problem, cpuOn, countOn } = assignment;
  let [hostsInUse, overloaded, watts] = [0, 0, 0];
  for (const [host, { name, power, powered = 'on' }] of problem.cluster.hosts.entries()) {
    const inUse = countOn[host]! > 0;
    if (inUse) hostsInUse += 1;
    if (cpuOn[host]! > problem.cpuLimit[host]!) overloaded += 1;
    const isOn = inUse || (powered === 'on' && !powerOff.includes(name));
    if (power && isOn) watts += wattsAt(power, cpuOn[host]! / problem.cpuCapacity[host]!);
  }
  return { hostsInUse, overloaded, watts };
}

function switched(
  cluster: Cluster,
  { wake = [], powerOff = [] }: ConsolidationRequest,
  { problem, countOn }: Assignment,
) {
  const used = (name: string) => countOn[problem.hostIndex.get(name) ?? -1]! > 0;
  const isOff = new Set(cluster.hosts.filter(({ powered = 'on' }) => powered !== 'on').map(({ name }) => name));
  const off = new Set<string>();
  for (const { name, software = [] } of cluster.hosts) {
    if (!powerOff.includes(name) || isOff.has(name) || used(name) || software.length > 0) continue;
    if (mayPowerOff(cluster, name, off)) off.add(name);
  }
  return { wake: wake.filter((name) => isOff.has(name) && used(name)), powerOff: [...off] };
}

function whyMoves(cluster: Cluster, { moves, emptied, wake, overloaded }: ConsolidationDecision): string {
  const names = (hosts: readonly number[]) => hosts.map((host) => cluster.hosts[host]!.name).join(', ');
  const relieved = [...new Set(moves.filter(({ because }) => because === 'overload').map(({ from }) => from))];
  return [
    ...(relieved.length > 0 ? [`${names(relieved)} asked for more than there is and is relieved`] : []),
    ...(emptied.length > 0 ? [`the other hosts can do without ${names(emptied)}`] : []),
    ...(wake.length > 0 ? [`${names(wake)} is needed`] : []),
    ...(overloaded.length > 0 ? [`${names(overloaded)} stays overloaded`] : []),
  ].join('; ');
}

/** What single moves do not relieve is left to the search, which also knows swaps and chains, and tells what is in conflict. */
function relieveOtherwise(cluster: Cluster, { limits, wake }: ConsolidationRequest, goal: string): Plan {
  return planPlacement(cluster, {
    goal,
    objectives: [{ type: 'relieve' }],
    limits: { ...limits, minimumGain: 0 },
    search: { seed: SEED },
    ...(wake ? { wake } : {}),
  });
}
