import type { Cluster, ClusterHost, ClusterVm } from '../cluster.js';
import { mayPowerOff } from '../constraints/index.js';
import type { Assignment, HardRule, Problem } from '../problem.js';
import type { ConsolidationRules, ConsolidationView } from './view.js';

/** From the 50th to the 90th percentile it is so many standard deviations, of what is normally distributed. */
const DEVIATIONS_TO_P90 = 1.2816;

/**
 * A cluster as consolidation looks at it. What may be used of a host is what moves must leave it below, so that the margins
 * of limits and reserves are kept; what is expected of a VM is the mean of its window.
 */
export function clusterView(problem: Problem, rules: ConsolidationRules): ConsolidationView {
  const { cluster } = problem;
  const known = problem.cpu.map((cpu) => (Number.isNaN(cpu) ? 0 : cpu));
  return {
    capacity: problem.cpuLimit.map((limit, host) => {
      const base = problem.cpuBase[host]!;
      const most = Math.min(limit, problem.cpuCapacity[host]!);
      // a host that was not read takes no VMs, see `accepting`
      return Math.max(0, Number.isNaN(base) ? most : most - base);
    }),
    vmLimit: new Float64Array(problem.hosts).fill(Infinity),
    memoryLimit: problem.memoryLimit,
    power: cluster.hosts.map(({ power }) => power?.watts ?? []),
    accepting: problem.accepting.map((takes, host) => (Number.isNaN(problem.cpuBase[host]!) ? 0 : takes)),
    mayEmpty: Uint8Array.from(cluster.hosts, (host) => (mayEmpty(cluster, host) ? 1 : 0)),
    on: Uint8Array.from(cluster.hosts, ({ powered = 'on' }) => (powered === 'on' ? 1 : 0)),
    hostOf: problem.start,
    demand: known,
    expected: Float64Array.from(cluster.vms, ({ demand }, vm) => demand?.mean ?? known[vm]!),
    deviation: Float64Array.from(cluster.vms, deviationOf),
    memory: problem.memory,
    movable: problem.movable,
    rules,
  };
}

/** Hard rules, asked as consolidation asks them. */
export function asRules(assignment: Assignment, rules: readonly HardRule[]): ConsolidationRules {
  return {
    allows: (vm, to) => rules.every((rule) => rule.concerns?.has(vm) === false || rule.allows(vm, to)),
    moved: (vm, from, to) => {
      assignment.move(vm, to);
      for (const rule of rules) rule.moved(vm, from, to);
    },
  };
}

/** What runs on the host itself cannot leave it; and so many hosts stay on as constraints ask for. */
function mayEmpty(cluster: Cluster, host: ClusterHost): boolean {
  return (host.software ?? []).length === 0 && mayPowerOff(cluster, host.name, new Set());
}

function deviationOf({ demand }: ClusterVm): number {
  return demand ? Math.max(0, demand.p90 - demand.p50) / DEVIATIONS_TO_P90 : 0;
}
