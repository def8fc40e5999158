import { parseDurationMs, parseInteger, parseRatio } from '../../../model/quantity.js';
import type { PlacementLimits } from '../../../placement/plan-placement.js';
import { planCloser } from '../../../placement/policies/plan-closer.js';
import { planEnergy } from '../../../placement/policies/plan-energy.js';
import { planOverbook } from '../../../placement/policies/plan-overbook.js';
import type { Goals, PlanGround, PlanParameters } from './goal.js';

/** The same snapshot gives the same plan. */
const SEED = 1;

/** Goals that spare something: energy, computers that are paid for, the network. */
export const THRIFT_GOALS: Goals = {
  energy: {
    description:
      'Switches off what is not needed, empties a host that could be, and wakes one where the load, "needed" or a constraint asks for it.',
    parameters: {
      below: '80 %',
      fill: '65 %',
      spare: '1',
      minimumOn: '10 min',
      minimumOff: '5 min',
      coolDown: '5 min',
      needed: '',
    },
    reads: 'cluster',
    plan: (ground, given) =>
      planEnergy(weighed(ground), {
        limits: limitsOf(given, 0),
        fill: parseRatio(given['fill'] ?? ''),
        spare: parseInteger(given['spare'] ?? ''),
        minimumOnMs: parseDurationMs(given['minimumOn'] ?? ''),
        minimumOffMs: parseDurationMs(given['minimumOff'] ?? ''),
        switchable: switchable(ground),
        ...(given['needed'] ? { needed: given['needed'] } : {}),
        seed: SEED,
      }),
  },
  overbook: {
    description: 'Pools active VMs with inactive ones: at most "most" that use "active" of their CPUs on each host.',
    parameters: { active: '25 %', most: '1', below: '95 %', coolDown: '2 min' },
    reads: 'cluster',
    plan: ({ cluster }, given) =>
      planOverbook(cluster, {
        limits: limitsOf(given, 0),
        active: parseRatio(given['active'] ?? ''),
        most: parseInteger(given['most'] ?? '', undefined, { min: 1 }),
        seed: SEED,
      }),
  },
  closer: {
    description:
      'Brings VMs that talk to each other closer, where traffic times distance falls by more than moves cost.',
    parameters: { below: '80 %', coolDown: '10 min', minimumGain: '0.05' },
    reads: 'cluster',
    plan: ({ cluster }, given) =>
      planCloser(cluster, { limits: limitsOf(given, parseRatio(given['minimumGain'] ?? '')), seed: SEED }),
  },
};

/** Hosts that can neither be switched nor have a VM need no readings. */
function weighed({ system, cluster }: PlanGround): PlanGround['cluster'] {
  const { classes } = system.deployment;
  const families = new Set(classes.filter(({ name }) => system.kindOf(name) === 'vm').map(({ hosts }) => hosts));
  const used = new Set(cluster.vms.map(({ host }) => host));
  const hosts = cluster.hosts.filter(({ name, family }) => families.has(family) || used.has(name));
  return { ...cluster, hosts };
}

function limitsOf({ below = '', coolDown = '' }: PlanParameters, minimumGain: number): PlacementLimits {
  return { below: parseRatio(below), coolDownMs: parseDurationMs(coolDown), minimumGain };
}

function switchable({ system }: PlanGround): ReadonlySet<string> {
  const hosts = system.deployment.hostFamilies.flatMap((family) => family.hosts);
  return new Set(hosts.filter(({ power }) => power !== undefined).map(({ name }) => name));
}
