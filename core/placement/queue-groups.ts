import type { Constraint } from '../model/deployment.js';
import type { Cluster, ClusterVm, Plan, Rejection } from './cluster.js';
import { firstHost } from './first-host.js';

/**
 * Groups of users with a queue each, on hosts that they share: machines of a group are made while its jobs wait, and
 * taken away when they idle. Each group can always have its share; more, while others leave theirs unused; and what is
 * above a share gives way first when another group wants its own. The problem, and the pooling, are those of Cefalà,
 * Mariotti and Servoli, "A possible solution for dynamically managing virtual environments" (2009).
 */
export interface QueueGroup {
  /** The component that is its queue. */
  readonly name: string;
  /** So many machines stay, also where nothing waits. */
  readonly least: number;
  /** So many it can always have. */
  readonly share: number;
  readonly most: number;
  /** What waits in the queue for machines; absent: there is no fresh reading, and nothing is decided for the group. */
  readonly waiting?: number;
  readonly machines: readonly GroupMachine[];
  /** What one more of its machines would be, and the hosts that it may be on. */
  readonly next: ClusterVm;
  readonly hosts: readonly string[];
  /** Why it neither grows nor shrinks for now: it did so lately. */
  readonly resting?: string;
}

export interface GroupMachine {
  readonly name: string;
  readonly host: string;
  /** What runs on it; absent: there is no fresh reading. */
  readonly running?: number;
  /** It takes no jobs any more, and goes when its last one has ended. */
  readonly leaving: boolean;
}

export interface GroupLimits {
  readonly constraints: readonly Constraint[];
  /** The machine that was told to idle for its time. */
  readonly idle?: string;
}

const GOAL = 'group';

/**
 * What one group does now, on what all of them have and wait for: `grow`, `remove` a machine (`component`), or nothing. Of
 * `infeasible`, `component` is the queue of the group that is to give way, where there is one.
 */
export function planGroup(cluster: Cluster, groups: readonly QueueGroup[], own: QueueGroup, limits: GroupLimits): Plan {
  const others = groups.filter(({ name }) => name !== own.name);
  return (
    giveWay(cluster, own, others, limits) ??
    (limits.idle === undefined ? grow(cluster, own, others, limits) : letGo(own, limits.idle))
  );
}

/** How many of its machines go on working. */
function staying({ machines }: QueueGroup): number {
  return machines.filter(({ leaving }) => !leaving).length;
}

/** How many machines it is due: it waits for them and has not got its share. */
function due(group: QueueGroup): number {
  const wanted = Math.min(group.share, group.most) - staying(group);
  return group.waiting === undefined ? 0 : Math.max(0, Math.min(Math.ceil(group.waiting), wanted));
}

/** How far it is above what it can always have. */
function surplus(group: QueueGroup): number {
  return staying(group) - Math.max(group.share, group.least);
}

/** The group that gives way next: the one furthest above its share, the first by name among equals. */
function giver(groups: readonly QueueGroup[]): QueueGroup | undefined {
  return groups
    .filter((group) => surplus(group) > 0)
    .sort((a, b) => surplus(b) - surplus(a) || a.name.localeCompare(b.name, 'en', { numeric: true }))[0];
}

function giveWay(
  cluster: Cluster,
  own: QueueGroup,
  others: readonly QueueGroup[],
  limits: GroupLimits,
): Plan | undefined {
  const groups = [own, ...others];
  if (giver(groups) !== own) return undefined;
  const short = others.filter((other) => due(other) > 0 && roomFor(cluster, other, limits).host === undefined);
  const coming = groups.flatMap(({ machines }) => machines).filter(({ leaving }) => leaving).length;
  const [first] = short;
  if (!first || short.length <= coming) return undefined;
  const rejected: Rejection[] = [];
  for (const machine of byWork(own.machines)) {
    if (machine.leaving) continue;
    if (machine.running === undefined) {
      rejected.push({
        vm: machine.name,
        rule: 'no-fresh-reading',
        detail: `what runs on ${machine.name} is not known`,
      });
      continue;
    }
    const without = { ...cluster, vms: cluster.vms.filter(({ name }) => name !== machine.name) };
    if (roomFor(without, first, limits).host === undefined) {
      const detail = `without ${machine.name} there is still no room for a machine of ${first.name}`;
      rejected.push({ vm: machine.name, rule: 'no-gain', detail });
      continue;
    }
    const why = `${first.name} waits and has ${staying(first)} of its share of ${first.share}, no host has room, and ${own.name} has ${staying(own)}, which is above its share of ${own.share}`;
    return { goal: GOAL, answer: 'remove', moves: [], rejected, component: machine.name, why };
  }
  const why = `${own.name} is to give way to ${first.name}, and none of its machines can: ${rejected.map(({ detail }) => detail).join('; ')}`;
  return { goal: GOAL, answer: 'infeasible', moves: [], rejected, why };
}

/** Those with the least to do first, the youngest among equals; those of which nothing is known last. */
function byWork(machines: readonly GroupMachine[]): readonly GroupMachine[] {
  return [...machines].reverse().sort((a, b) => (a.running ?? Infinity) - (b.running ?? Infinity) || 0);
}

function grow(cluster: Cluster, own: QueueGroup, others: readonly QueueGroup[], limits: GroupLimits): Plan {
  const { name, waiting, share, most, resting } = own;
  const [count, rejected] = [staying(own), [] as Rejection[]];
  if (waiting === undefined) return nothing(`there is no fresh reading of what waits in ${name}`);
  if (waiting === 0) return nothing(`nothing waits in ${name}`);
  if (count >= most) return nothing(`${name} has ${machinesOf(count)}, and at most ${most} are wanted`);
  if (resting !== undefined) return nothing(`${name}: ${resting}`);
  const owed = count >= share ? others.filter((other) => due(other) > 0) : [];
  const { host, reasons } = roomFor(withPlaces(cluster, owed, limits), own, limits);
  if (host !== undefined) {
    const why = `${waits(waiting)} in ${name}, which has ${machinesOf(count)} of a share of ${share}, and ${host} has room`;
    return { goal: GOAL, answer: 'grow', moves: [], rejected, why };
  }
  const full = reasons.join('; ') || 'it has no hosts';
  if (count >= share) {
    const kept =
      owed.length === 0 ? '' : `, and what is free is kept for ${owed.map((other) => other.name).join(', ')}`;
    return {
      goal: GOAL,
      answer: 'infeasible',
      moves: [],
      rejected,
      why: `${name} has its share of ${share}${kept}: ${full}`,
    };
  }
  const gives = giver(others);
  const why = `${name} has ${count} of its share of ${share}, and no host has room: ${full}; ${gives ? `${gives.name} is above its share` : 'no group is above its share'}`;
  return { goal: GOAL, answer: 'infeasible', moves: [], rejected, ...(gives ? { component: gives.name } : {}), why };
}

function letGo(own: QueueGroup, idle: string): Plan {
  const { name, waiting, least, resting } = own;
  const machine = own.machines.find((candidate) => candidate.name === idle);
  if (!machine || machine.leaving) return nothing(`${idle} is no machine of ${name} that works`);
  if (waiting === undefined) return nothing(`there is no fresh reading of what waits in ${name}`);
  if (waiting > 0) return nothing(`${waits(waiting)} in ${name}, and ${idle} may get that`);
  if (machine.running === undefined) return nothing(`what runs on ${idle} is not known`);
  if (machine.running > 0) return nothing(`${idle} has work again`);
  if (staying(own) <= least) return nothing(`${name} has ${machinesOf(staying(own))}, and at least ${least} stay`);
  if (resting !== undefined) return nothing(`${name}: ${resting}`);
  return {
    goal: GOAL,
    answer: 'remove',
    moves: [],
    rejected: [],
    component: idle,
    why: `${idle} idles, and nothing waits in ${name}`,
  };
}

function nothing(why: string): Plan {
  return { goal: GOAL, answer: 'nothing-to-do', moves: [], rejected: [], why };
}

/** The host for one more machine of a group, or why there is none. */
function roomFor(
  cluster: Cluster,
  { next, hosts }: QueueGroup,
  { constraints }: GroupLimits,
): ReturnType<typeof firstHost> {
  return firstHost({ ...cluster, hosts: cluster.hosts.filter(({ name }) => hosts.includes(name)) }, next, constraints);
}

/** The cluster as it would be with the machines that some groups are due, as far as there is room for them. */
function withPlaces(cluster: Cluster, groups: readonly QueueGroup[], limits: GroupLimits): Cluster {
  let seen = cluster;
  for (const group of groups) {
    for (let count = 0; count < due(group); count += 1) {
      const { host } = roomFor(seen, group, limits);
      if (host === undefined) break;
      seen = { ...seen, vms: [...seen.vms, { ...group.next, name: `${group.name}+${count}`, host }] };
    }
  }
  return seen;
}

function machinesOf(count: number): string {
  return count === 1 ? '1 machine' : `${count} machines`;
}

function waits(count: number): string {
  return count === 1 ? '1 waits' : `${count} wait`;
}
