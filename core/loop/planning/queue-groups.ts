import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import { parseInteger, parseMemoryMiB } from '../../model/quantity.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { Cluster, ClusterVm, WorkReading } from '../../placement/cluster.js';
import type { GroupMachine, QueueGroup } from '../../placement/queue-groups.js';
import type { RecentReadings } from '../monitoring/recent-readings.js';
import { restingSince, SCALED_AT } from './scaling.js';

/** The attributes of a queue that makes its components a group's: `machines` is the class that grows for it. */
const OF_A_QUEUE = ['machines', 'share'] as const;

/** The attribute of what takes no new work any more, and its value. */
const DRAINED = { attribute: 'drained', value: 'yes' } as const;

/** Readings older than this many periods of their probe decide nothing. */
const STALE_AFTER_PERIODS = 3;

/** What queues and their nodes told, freshly; `undefined` where the deployment has no groups with queues. */
export function workReadings(
  system: SystemRepresentation,
  readings: Pick<RecentReadings, 'reading'>,
  now: number,
): readonly WorkReading[] | undefined {
  const queues = queuesOf(system);
  if (queues.length === 0) return undefined;
  const components = queues.flatMap((queue) => [queue, ...queue.incoming.map(({ from }) => from)]);
  return [...new Set(components)].flatMap((component) => {
    const { name, className } = component;
    const probe = system.deployment.probes.find(({ of }) => of === className);
    if (!probe) return [];
    const maxAgeMs = STALE_AFTER_PERIODS * Math.max(1000, probe.everyMs);
    // users' own metrics go by the name of their probe
    const found = [probe.name, probe.measure]
      .map((measure) => readings.reading(name, measure, now, maxAgeMs))
      .find((reading) => reading !== undefined);
    return found ? [{ component: name, value: found.value, at: found.at }] : [];
  });
}

/**
 * The groups of a deployment: every component with the attributes `machines` and `share` is the queue of one. What waits
 * in it is told by the first probe of the queue's class; what runs on a machine by the first probe of what is bound to the
 * queue there, its nodes. Throws `value` for a number that is none, `unknown-class` for machines that are no class.
 */
export function queueGroups(
  system: SystemRepresentation,
  { at, work = [] }: Pick<Cluster, 'at' | 'work'>,
  coolDownMs: number,
): readonly QueueGroup[] {
  const readings = new Map(work.map((reading) => [reading.component, reading]));
  return queuesOf(system).map((queue) => {
    const className = queue.attribute('machines');
    const description = system.classOf(className);
    const machines = system.instances(className);
    const scaledAt = Math.max(0, ...machines.map(({ attributes }) => Number(attributes.get(SCALED_AT) ?? 0) || 0));
    const value = (component: Component) => {
      const found = readings.get(component.name);
      // what was measured before it grew or shrank says nothing about what it is now
      return found && found.at >= scaledAt ? found.value : undefined;
    };
    const waiting = value(queue);
    const resting = restingSince(machines, { at, coolDownMs });
    return {
      name: queue.name,
      least: countOf(queue, 'least', 0),
      share: countOf(queue, 'share', 0),
      most: countOf(queue, 'most', Infinity),
      ...(waiting === undefined ? {} : { waiting }),
      machines: machines.map((machine) => describe(machine, queue, system, value)),
      next: nextOf(className, system),
      hosts: system.instances(description.hosts ?? '').map(({ name }) => name),
      ...(resting === undefined ? {} : { resting }),
    };
  });
}

/** The nodes of a queue on a machine: what is bound to it, there or as the machine itself. */
function describe(
  machine: Component,
  queue: Component,
  system: SystemRepresentation,
  value: (component: Component) => number | undefined,
): GroupMachine {
  const bound = new Set(queue.incoming.map(({ from }) => from));
  const nodes = [machine, ...machine.content].filter((component) => bound.has(component));
  const running = nodes.map(value).filter((count) => count !== undefined);
  const known = nodes.length > 0 && running.length === nodes.length;
  return {
    name: machine.name,
    host: system.hostOf(machine)?.name ?? '',
    ...(known ? { running: running.reduce((sum, count) => sum + count, 0) } : {}),
    leaving: nodes.some(({ attributes }) => attributes.get(DRAINED.attribute) === DRAINED.value),
  };
}

/** What one more of a class would be, as far as its place depends on it. */
function nextOf(className: string, system: SystemRepresentation): ClusterVm {
  const { vcpus = '1', memory = '0 MiB' } = system.attributesOf(className);
  const isVm = system.kindOf(className) === 'vm';
  return {
    name: `${className}_new`,
    className,
    host: '',
    vcpus: Number(vcpus),
    memoryMiB: isVm ? parseMemoryMiB(memory) : 0,
    running: false,
  };
}

function queuesOf(system: SystemRepresentation): readonly Component[] {
  return system.components.filter(({ attributes }) => OF_A_QUEUE.every((name) => attributes.has(name)));
}

/** Throws `value`. */
function countOf(queue: Component, name: string, otherwise: number): number {
  const text = queue.attributes.get(name) ?? '';
  if (text === '' || text === '*') return text === '*' ? Infinity : otherwise;
  try {
    return parseInteger(text, undefined, { min: 0 });
  } catch (error) {
    const { message } = AttituneError.from(error);
    throw new AttituneError('value', `${queue.name}.${name}: ${message}`, { cause: error });
  }
}
