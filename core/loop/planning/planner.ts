import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import { parseDurationMs, parseInteger, parseMemoryMiB, parseRatio } from '../../model/quantity.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Cluster, ClusterVm, Plan } from '../../placement/cluster.js';
import { planElsewhere } from '../../placement/elsewhere.js';
import { planEvacuation } from '../../placement/evacuate.js';
import { planGather } from '../../placement/gather.js';
import { planRelief } from '../../placement/relieve.js';
import { planReturn } from '../../placement/return-home.js';
import { planRoom } from '../../placement/room.js';
import type { MoveLimits } from '../../placement/rules.js';
import { reachable, resolvePath, type Scope } from '../operations/scope.js';
import { planRestart } from './restarting.js';
import { planGrowth, planSpare } from './scaling.js';
import { planSize, wantedSize } from './sizing.js';
import { startOrder } from './start-order.js';

/** Parameters of a `plan:` operation, as the diagram wrote them. */
export type PlanParameters = Readonly<Record<string, string>>;

/** What a goal is weighed on. */
export interface PlanGround {
  readonly system: SystemRepresentation;
  readonly cluster: Cluster;
  readonly scope: Scope;
}

interface Goal {
  readonly description: string;
  /** What it takes, with the default of each. */
  readonly parameters: Readonly<Record<string, string>>;
  /** `cluster`: hosts and their load; `system`: only the representation, so that other procedures need not wait for it. */
  readonly reads: 'cluster' | 'system';
  readonly plan: (ground: PlanGround, parameters: PlanParameters) => Plan;
}

/** The goals of `plan:GOAL`. A parameter `of` is a path, or several with commas between them; `host` the name of a host or `this`. */
export const GOALS: Readonly<Record<string, Goal>> = {
  relieve: {
    description: 'Moves the one VM that frees most of a hot host, if another host has room.',
    parameters: { host: 'this', below: '80 %', coolDown: '30 s', minimumGain: '10 %' },
    reads: 'cluster',
    plan: (ground, given) =>
      planRelief(ground.cluster, {
        ...limitsOf(ground, given),
        host: hostOf('relieve', ground, given),
        minimumGain: parseRatio(given['minimumGain'] ?? ''),
      }),
  },
  return: {
    description: 'Brings back one VM that had been moved away from this host, if there is room for it again.',
    parameters: { host: 'this', below: '60 %', coolDown: '30 s' },
    reads: 'cluster',
    plan: (ground, given) =>
      planReturn(ground.cluster, { ...limitsOf(ground, given), host: hostOf('return', ground, given) }),
  },
  gather: {
    description: 'Moves one VM towards a host that can be emptied, its VMs fitting on hosts that run others.',
    parameters: { below: '80 %', coolDown: '5 min' },
    reads: 'cluster',
    plan: (ground, given) => planGather(ground.cluster, limitsOf(ground, given)),
  },
  evacuate: {
    description: 'Moves one VM off a host, whatever its load.',
    parameters: { host: 'this', below: '95 %', coolDown: '0 s', except: '' },
    reads: 'cluster',
    plan: (ground, given) =>
      planEvacuation(ground.cluster, {
        ...limitsOf(ground, given),
        host: hostOf('evacuate', ground, given),
        except: namesOf(given),
      }),
  },
  elsewhere: {
    description: 'Finds another host for what stopped or failed: a component, or all that is on a host.',
    parameters: { of: 'this' },
    reads: 'cluster',
    plan: planElse,
  },
  order: {
    description: 'Tells the layers to start components in: VMs before what is inside, servers before their clients.',
    parameters: { of: 'all' },
    reads: 'system',
    plan: planOrder,
  },
  grow: {
    description: 'Tells whether one more of a class may be made: not above "most", not within the cool-down.',
    parameters: { of: 'this', most: '*', coolDown: '1 min' },
    reads: 'system',
    plan: (ground, { of = '', most = '', coolDown = '' }) =>
      planGrowth(reachable(ground.system, ground.scope, pathOf(of)), {
        at: ground.cluster.at,
        most: most === '*' ? Infinity : parseInteger(most),
        coolDownMs: parseDurationMs(coolDown),
      }),
  },
  spare: {
    description: 'Finds the youngest of a class that may go: by all lower bounds, "least", and the cool-down.',
    parameters: { of: 'this', least: '1', coolDown: '1 min' },
    reads: 'system',
    plan: (ground, { of = '', least = '', coolDown = '' }) =>
      planSpare(ground.system, componentsOf(ground, of), {
        at: ground.cluster.at,
        least: parseInteger(least),
        coolDownMs: parseDurationMs(coolDown),
      }),
  },
  size: {
    description:
      'Tells what size a VM is to have: as such, or a change; at most its maximum, not within the cool-down.',
    parameters: { of: 'this', memory: '', vcpus: '', coolDown: '1 min' },
    reads: 'system',
    plan: (ground, { of = '', memory = '', vcpus = '', coolDown = '' }) =>
      planSize(
        oneOf('size', ground, of),
        { memory, vcpus },
        { at: ground.cluster.at, coolDownMs: parseDurationMs(coolDown) },
      ),
  },
  room: {
    description: 'Finds another host for a VM that has no room to grow where it is.',
    parameters: { of: 'this', memory: '', vcpus: '', below: '95 %', coolDown: '0 s', except: '' },
    reads: 'cluster',
    plan: (ground, given) => {
      const vm = oneOf('room', ground, given['of'] ?? '');
      const { wanted } = wantedSize(vm, { memory: given['memory'] ?? '', vcpus: given['vcpus'] ?? '' });
      const family = ground.system.classOf(vm.className).hosts ?? '';
      const hosts = ground.system.instances(family).map(({ name }) => name);
      return planRoom(ground.cluster, {
        ...limitsOf(ground, given),
        ...wanted,
        vm: vm.name,
        hosts,
        except: namesOf(given),
      });
    },
  },
  restart: {
    description: 'Tells whether a component may be restarted once more: at most "limit" times in a window.',
    parameters: { of: 'this', limit: '3', window: '10 min' },
    reads: 'system',
    plan: (ground, { of = '', limit = '', window = '' }) =>
      planRestart(oneOf('restart', ground, of), {
        at: ground.cluster.at,
        limit: parseInteger(limit),
        windowMs: parseDurationMs(window),
      }),
  },
};

/**
 * Plans for a goal; pure. Throws `unknown-operation` for an unknown goal, `value`, `unknown-attribute` or `unknown-host`
 * for wrong parameters.
 */
export function planFor(goal: string, ground: PlanGround, given: PlanParameters): Plan {
  const known = GOALS[goal];
  if (!known)
    throw new AttituneError(
      'unknown-operation',
      `"plan:${goal}" is no goal; there are ${Object.keys(GOALS)
        .map((name) => `plan:${name}`)
        .join(', ')}.`,
    );
  const wrong = Object.keys(given).find((name) => !(name in known.parameters));
  if (wrong) {
    throw new AttituneError(
      'unknown-attribute',
      `plan:${goal} takes no parameter "${wrong}"; it takes ${Object.keys(known.parameters).join(', ')}.`,
    );
  }
  return known.plan(ground, { ...known.parameters, ...given });
}

function hostOf(goal: string, { cluster, scope }: PlanGround, { host }: PlanParameters): string {
  const name = host === 'this' ? scope.this?.name : host;
  if (name !== undefined && cluster.hosts.some((candidate) => candidate.name === name)) return name;
  throw new AttituneError(
    'unknown-host',
    `plan:${goal} needs a host, and "${name ?? 'this'}" is none; give it with <param name="host" expr="…"/>.`,
  );
}

function limitsOf({ system }: PlanGround, { below = '', coolDown = '' }: PlanParameters): MoveLimits {
  return {
    below: parseRatio(below),
    coolDownMs: parseDurationMs(coolDown),
    constraints: system.deployment.constraints,
  };
}

function planOrder(ground: PlanGround, { of = '' }: PlanParameters): Plan {
  const components = componentsOf(ground, of, 'whole');
  const layers = startOrder(ground.system, components).map((layer) => layer.map(({ name }) => name));
  const clients = componentsOf(ground, of, 'clients').filter((client) => !components.includes(client));
  return {
    goal: 'order',
    answer: 'order',
    moves: [],
    rejected: [],
    layers,
    names: layers.flat(),
    clients: [...new Set(clients)].map(({ name }) => name),
    why: layers.map((layer) => layer.join(', ')).join(', then ') || 'there is nothing to start',
  };
}

/** Software inside a VM goes where its VM goes. */
function planElse(ground: PlanGround, { of = '' }: PlanParameters): Plan {
  const { system, cluster } = ground;
  const onHosts = componentsOf(ground, of).flatMap((component) =>
    component.kind === 'host' ? [...component.content] : [system.vmOf(component) ?? component],
  );
  const components = [...new Set(onHosts)];
  const hostsOf = new Map(
    components.map(({ name, className }) => {
      const family = system.classOf(className).hosts ?? '';
      return [name, system.instances(family).map((host) => host.name)] as const;
    }),
  );
  const described = components.map((component) => asVm(system, cluster, component));
  return planElsewhere(cluster, { components: described, hostsOf, constraints: system.deployment.constraints });
}

function asVm(system: SystemRepresentation, cluster: Cluster, component: Component): ClusterVm {
  return (
    cluster.vms.find(({ name }) => name === component.name) ?? {
      name: component.name,
      className: component.className,
      host: system.hostOf(component)?.name ?? '',
      vcpus: 0,
      memoryMiB: component.kind === 'vm' ? parseMemoryMiB(component.attributes.get('memory') ?? '0 MiB') : 0,
      running: false,
    }
  );
}

/** What the paths reach, each with the further segment, without doubles. Throws `unknown-component` where one reaches none. */
function componentsOf({ system, scope }: PlanGround, of: string, ...more: readonly string[]): readonly Component[] {
  const reached = of.split(',').flatMap((path) => {
    const origin = resolvePath(system, scope, pathOf(path));
    return more.length === 0 ? origin : reachable(system, scope, [...pathOf(path), ...more]);
  });
  return [...new Set(reached)];
}

/** The one component that a path reaches. Throws `value` where it reaches several. */
function oneOf(goal: string, ground: PlanGround, of: string): Component {
  const [component, ...others] = componentsOf(ground, of);
  if (component && others.length === 0) return component;
  throw new AttituneError('value', `plan:${goal} is about one component, and "${of}" reaches ${others.length + 1}.`);
}

function namesOf({ except = '' }: PlanParameters): readonly string[] {
  return except.split(',').map((name) => name.trim());
}

function pathOf(text: string): readonly string[] {
  return text.split('.').map((segment) => segment.trim());
}
