import { AttituneError } from '../../model/errors.js';
import type { Cluster } from '../../placement/cluster.js';
import { GANETI_MEASURES, type ObjectiveRequest } from '../../placement/objectives/index.js';
import type { PlacementRequest, SearchRequest } from '../../placement/request.js';
import { suggest } from '../../xml/index.js';
import type { Snapshot } from './snapshot-file.js';

/** What `attitune plan` is asked for besides its snapshot. */
export interface PlanOptions {
  readonly goal: string;
  /** Hosts that the goal is about. */
  readonly hosts: readonly string[];
  /** A fraction of a host's CPU that no move may bring it to; absent: the goal's own. */
  readonly below?: number;
  /** Least gain of a move; absent: the goal's own. */
  readonly minimumGain?: number;
  readonly search: SearchRequest;
}

interface PlanGoal {
  readonly description: string;
  /** Of a host's CPU, unless told. */
  readonly below: number;
  /** What each move must gain, in hosts, unless told. */
  readonly minimumGain: number;
  readonly hosts: 'none' | 'some' | 'needed';
  /** Whether it means nothing where it is not known what VMs use. */
  readonly needsLoads?: true;
  /** Hosts may be switched on and off for it. */
  readonly switches?: true;
  objectives(snapshot: Snapshot, hosts: readonly string[]): readonly ObjectiveRequest[];
}

/** The goals of `attitune plan`. */
export const PLAN_GOALS: Readonly<Record<string, PlanGoal>> = {
  balance: {
    description: 'load spread evenly; of a file of Ganeti’s tools: the least cluster score',
    below: 0.8,
    minimumGain: 0.05,
    hosts: 'none',
    objectives: ({ format }) => [{ type: 'balance', ...(format === 'ganeti' ? { measures: GANETI_MEASURES } : {}) }],
  },
  relieve: {
    description: 'no host above the limit',
    below: 0.8,
    minimumGain: 0.05,
    hosts: 'some',
    needsLoads: true,
    objectives: (_, hosts) => [{ type: 'relieve', ...(hosts.length > 0 ? { hosts } : {}) }],
  },
  consolidate: {
    description: 'as few hosts in use as can be',
    below: 0.8,
    minimumGain: 0,
    hosts: 'none',
    needsLoads: true,
    objectives: () => [{ type: 'consolidate' }],
  },
  energy: {
    description: 'as little power drawn as can be, hosts switched on and off',
    below: 0.8,
    minimumGain: 0.05,
    hosts: 'none',
    needsLoads: true,
    switches: true,
    objectives: () => [{ type: 'energy' }],
  },
  network: {
    description: 'those that talk much near each other',
    below: 0.8,
    minimumGain: 0.05,
    hosts: 'none',
    objectives: () => [{ type: 'network' }],
  },
  evacuate: {
    description: 'nothing left on the hosts of --host',
    below: 0.95,
    minimumGain: 0,
    hosts: 'needed',
    objectives: (_, hosts) => [{ type: 'evacuate', hosts }],
  },
};

/**
 * For the cluster score of Ganeti's tools: what a move gains at least, as a part of what a VM of average size is in that
 * score. Moves that gain less are many, and help little.
 */
const GANETI_GAIN = 0.3;
/** A VM that moved within this time stays. */
const COOL_DOWN_MS = 30_000;

/** What the planner is asked. Throws `usage` for what does not fit the goal, `unknown-host` for a host that is not there. */
export function planRequest(snapshot: Snapshot, options: PlanOptions): PlacementRequest {
  const { goal, hosts, search } = options;
  const known = Object.hasOwn(PLAN_GOALS, goal) ? PLAN_GOALS[goal] : undefined;
  if (!known) throw new AttituneError('usage', `There is no goal "${goal}".${suggest(goal, Object.keys(PLAN_GOALS))}`);
  checkHosts(snapshot.cluster, goal, known, hosts);
  if (known.needsLoads && !snapshot.loads)
    throw new AttituneError('usage', `The goal ${goal} needs to know what VMs use: give a file of loads with -U.`);
  if (goal === 'energy' && !snapshot.cluster.hosts.some(({ power }) => power))
    throw new AttituneError(
      'usage',
      'The goal energy needs hosts whose power is known: "power": {"watts": […]} in the snapshot.',
    );
  // Ganeti's tools let any load be on a node; without loads there is none that could be bounded
  const below =
    options.below ?? (snapshot.format === 'ganeti' && !(known.needsLoads && snapshot.loads) ? Infinity : known.below);
  return {
    goal,
    objectives: known.objectives(snapshot, hosts),
    limits: { below, coolDownMs: COOL_DOWN_MS, minimumGain: options.minimumGain ?? leastGain(snapshot, known) },
    search,
    ...(known.switches ? switchable(snapshot.cluster) : {}),
  };
}

function leastGain({ cluster, format }: Snapshot, goal: PlanGoal): number {
  return format === 'ganeti' && goal === PLAN_GOALS['balance'] ? GANETI_GAIN * averageVm(cluster) : goal.minimumGain;
}

/** What a VM adds on average to the measures of a node that Ganeti's score spreads. */
function averageVm({ hosts, vms }: Cluster): number {
  if (vms.length === 0) return 0;
  const meanOf = (amounts: readonly number[]) => amounts.reduce((sum, one) => sum + one, 0) / amounts.length;
  const loads = vms.map(
    ({ cpuUsed = 0, memoryLoad = 0, diskLoad = 0, networkLoad = 0 }) => cpuUsed + memoryLoad + diskLoad + networkLoad,
  );
  const memory = meanOf(vms.map(({ memoryMiB }) => memoryMiB)) / meanOf(hosts.map(({ memoryMiB }) => memoryMiB));
  const vcpus = meanOf(vms.map((vm) => vm.vcpus)) / meanOf(hosts.map(({ cpus = 1 }) => cpus));
  return meanOf(loads) + memory + vcpus;
}

function checkHosts({ hosts }: Cluster, goal: string, known: PlanGoal, named: readonly string[]): void {
  const names = hosts.map(({ name }) => name);
  const unknown = named.filter((name) => !names.includes(name));
  if (unknown.length > 0)
    throw new AggregateError(
      unknown.map((name) => new AttituneError('unknown-host', `There is no host "${name}".${suggest(name, names)}`)),
    );
  if (known.hosts === 'needed' && named.length === 0)
    throw new AttituneError('usage', `The goal ${goal} needs a host: --host NAME.`);
  if (known.hosts === 'none' && named.length > 0)
    throw new AttituneError('usage', `The goal ${goal} is about all hosts; --host is for evacuate and relieve.`);
}

function switchable({ hosts }: Cluster): Pick<PlacementRequest, 'wake' | 'powerOff'> {
  const known = hosts.filter(({ power }) => power);
  return {
    wake: known.filter(({ powered }) => powered === 'off').map(({ name }) => name),
    powerOff: known.filter(({ powered = 'on' }) => powered === 'on').map(({ name }) => name),
  };
}
