import { AttituneError } from '../../../model/errors.js';
import { parseDurationMs, parseInteger, parseRatio } from '../../../model/quantity.js';
import type { Cluster, Plan, Rejection } from '../../../placement/cluster.js';
import { BALANCE_MEASURES, type BalanceMeasure } from '../../../placement/objectives/measures.js';
import {
  planPlacement,
  type DemandMeasure,
  type ObjectiveRequest,
  type PlacementLimits,
} from '../../../placement/plan-placement.js';
import { planScaleFirst, REMEDIES, type Remedy } from '../../../placement/scale-first.js';
import { restingSince } from '../scaling.js';
import { wantedSize } from '../sizing.js';
import { hostOf, oneOf, type Goals, type PlanGround, type PlanParameters } from './goal.js';

/** Goals of several moves, in steps, which `vms.migrate` carries out: relief and balance of hosts, and emptying one. */
export const RELIEF_GOALS: Goals = {
  balance: {
    description: 'Spreads load evenly over the hosts, by as few moves as that takes; none where it is even enough.',
    parameters: {
      measures: 'cpu',
      threshold: '10 %',
      minimumGain: '5 %',
      below: '80 %',
      demand: 'p90',
      coolDown: '10 min',
      hold: '0 s',
      most: '*',
    },
    reads: 'cluster',
    plan: (ground, given) =>
      engine('balance', ground, given, {
        type: 'balance',
        measures: measuresOf(given),
        enough: parseRatio(given['threshold'] ?? ''),
      }),
  },
  hotspot: {
    description:
      'Relieves a hot host, or all, by the VMs that free most for their memory; exchanges VMs where no host takes one as it is.',
    parameters: {
      host: 'this',
      below: '75 %',
      minimumGain: '5 %',
      demand: 'used',
      coolDown: '1 min',
      hold: '0 s',
      most: '5',
    },
    reads: 'cluster',
    plan: (ground, given) => {
      const hosts = given['host'] === 'all' ? [] : [hostOf('hotspot', ground, given)];
      const goal = `relieve ${hosts.join() || 'all hosts'}`;
      // the loads of VMs on the network are shares of a host's link
      return engine(goal, ground, given, { type: 'relieve', hosts, networkCapacity: 1 });
    },
  },
  drain: {
    description: 'Empties a host by one plan in steps; "left" names first what cannot leave it, with the reasons.',
    parameters: {
      host: 'this',
      below: '95 %',
      demand: 'p90',
      minimumGain: '1 %',
      coolDown: '0 s',
      hold: '0 s',
      most: '*',
    },
    reads: 'cluster',
    plan: (ground, given) => planDrain(ground, hostOf('drain', ground, given), given),
  },
  'scale-first': {
    description:
      'Helps a VM whose software is strained by its own readings: by more of what its host has left, else by another host.',
    parameters: {
      of: 'this',
      memory: '+0 %',
      vcpus: '+1',
      remedies: 'scale migrate',
      busy: '50 %',
      below: '80 %',
      minimumGain: '10 %',
      coolDown: '1 min',
    },
    reads: 'cluster',
    plan: planEase,
  },
};

/** Which reading of a VM's CPU counts. */
const DEMAND_MEASURES: readonly DemandMeasure[] = ['used', 'mean', 'p50', 'p90', 'p95', 'max', 'predicted'];

/** Hosts of families on which no VM may be are not looked at: they need no readings. */
function engine(goal: string, ground: PlanGround, given: PlanParameters, objective: ObjectiveRequest): Plan {
  const most = given['most'] ?? '*';
  const cluster = forVms(ground);
  const plan = planPlacement(cluster, {
    goal,
    objectives: [objective],
    limits: limitsOf(given),
    search: { seed: 1, ...(most === '*' ? {} : { maxMoves: parseInteger(most) }) },
    demand: demandOf(given),
  });
  const unread = cluster.hosts.filter(({ cpuUsed, accepting }) => accepting && cpuUsed === undefined);
  if (unread.length === 0) return plan;
  return { ...plan, why: `${plan.why}; no fresh CPU reading of ${unread.map(({ name }) => name).join(', ')}` };
}

function forVms({ system, cluster }: Pick<PlanGround, 'system' | 'cluster'>): Cluster {
  const { classes } = system.deployment;
  const families = new Set(classes.filter(({ name }) => system.kindOf(name) === 'vm').map(({ hosts }) => hosts));
  const used = new Set(cluster.vms.map(({ host }) => host));
  return { ...cluster, hosts: cluster.hosts.filter(({ name, family }) => families.has(family) || used.has(name)) };
}

function limitsOf({ below = '', minimumGain = '', coolDown = '', hold = '' }: PlanParameters): PlacementLimits {
  return {
    below: parseRatio(below),
    minimumGain: parseRatio(minimumGain),
    coolDownMs: parseDurationMs(coolDown),
    holdMs: parseDurationMs(hold),
  };
}

/**
 * `left`: what stays on the host, be the plan carried out: VMs that nothing else takes or that must not move, and software
 * of the host itself. What does not run need not leave.
 */
function planDrain(ground: PlanGround, host: string, given: PlanParameters): Plan {
  const { cluster } = ground;
  const vms = cluster.vms.filter((vm) => vm.host !== host || vm.running);
  const here = vms.filter((vm) => vm.host === host).map(({ name }) => name);
  const software = cluster.hosts.find(({ name }) => name === host)?.software ?? [];
  const stays = software.map((name): Rejection => ({
    vm: name,
    rule: 'software',
    detail: `${name} runs on ${host} itself and cannot be moved live`,
  }));
  const plan = engine(`drain ${host}`, { ...ground, cluster: { ...cluster, vms } }, given, {
    type: 'evacuate',
    hosts: [host],
  });
  const going = new Set(plan.moves.map(({ vm }) => vm));
  const left = [...here.filter((vm) => !going.has(vm)), ...software];
  const reasons = left.flatMap((name) => [...stays, ...plan.rejected].find(({ vm }) => vm === name)?.detail ?? []);
  const why = [plan.why, ...new Set(reasons.filter((reason) => !plan.why.includes(reason)))].join('; ');
  return { ...plan, rejected: [...stays, ...plan.rejected], left, why };
}

function planEase(ground: PlanGround, given: PlanParameters): Plan {
  const { of = '', memory = '', vcpus = '', busy = '', below = '', minimumGain = '', coolDown = '' } = given;
  const vm = oneOf('scale-first', ground, of);
  const { wanted, maximum } = wantedSize(vm, { memory, vcpus });
  const coolDownMs = parseDurationMs(coolDown);
  const resting = restingSince([vm], { at: ground.cluster.at, coolDownMs });
  return planScaleFirst(forVms(ground), {
    vm: vm.name,
    wanted: {
      memoryMiB: Math.min(wanted.memoryMiB, maximum.memoryMiB),
      vcpus: Math.min(wanted.vcpus, maximum.vcpus),
    },
    remedies: wordsOf(given, 'remedies', REMEDIES) as readonly Remedy[],
    ...(resting === undefined ? {} : { resting }),
    busy: parseRatio(busy),
    below: parseRatio(below),
    minimumGain: parseRatio(minimumGain),
    coolDownMs,
  });
}

function measuresOf(given: PlanParameters): Readonly<Partial<Record<BalanceMeasure, number>>> {
  return Object.fromEntries(wordsOf(given, 'measures', BALANCE_MEASURES).map((name) => [name, 1]));
}

function demandOf(given: PlanParameters): DemandMeasure {
  const [demand = 'used'] = wordsOf(given, 'demand', DEMAND_MEASURES);
  return demand as DemandMeasure;
}

/** Words of a parameter, with spaces or commas between them. Throws `value` for one that is none of those known. */
function wordsOf(given: PlanParameters, name: string, known: readonly string[]): readonly string[] {
  const words = (given[name] ?? '').split(/[\s,]+/).filter((word) => word !== '');
  const wrong = words.find((word) => !known.includes(word));
  if (wrong === undefined) return words;
  throw new AttituneError('value', `"${wrong}" is no value of "${name}"; there are ${known.join(', ')}.`);
}
