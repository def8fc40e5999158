import type { Constraint } from '../../model/deployment.js';
import type { Cluster } from '../cluster.js';
import { isOf, limitsOf } from '../constraints/limits.js';
import { hostsNamed, membersOf } from '../constraints/members.js';
import { constraintName, listed, mib } from '../constraints/words.js';
import type { Faults } from './faults.js';

interface Placed {
  readonly constraint: Constraint;
  readonly at: number;
}

/** Where pins and bans leave a VM, and which of them do. */
interface Allowed {
  readonly hosts: ReadonlySet<string>;
  readonly by: readonly Placed[];
}

/** Hard constraints that no placement on these hosts can keep, and memory that is promised twice. */
export function checkContradictions(cluster: Cluster, faults: Faults): void {
  const hard = (cluster.constraints ?? []).flatMap((constraint, at) =>
    constraint.strength === 'hard' ? [{ constraint, at }] : [],
  );
  const allowed = checkPins(cluster, hard, faults);
  checkGroups(cluster, hard, allowed, faults);
  checkOnline(cluster, hard, faults);
  checkReserves(cluster, hard, faults);
  checkPromised(cluster, faults);
}

/** Pins and bans that leave a VM no host: told once for each set of them. */
function checkPins(cluster: Cluster, hard: readonly Placed[], faults: Faults): ReadonlyMap<number, Allowed> {
  const all = new Set(cluster.hosts.map(({ name }) => name));
  const allowed = new Map<number, Allowed>();
  const told = new Set<string>();
  for (const placed of hard) {
    const { constraint, at } = placed;
    if (constraint.type !== 'pin' && constraint.type !== 'ban') continue;
    const named = new Set(hostsNamed(constraint));
    for (const vm of membersOf(cluster, constraint)) {
      const before = allowed.get(vm) ?? { hosts: all, by: [] };
      const hosts = new Set([...before.hosts].filter((host) => named.has(host) === (constraint.type === 'pin')));
      const by = [...before.by, placed];
      allowed.set(vm, { hosts, by });
      if (hosts.size > 0 || before.hosts.size === 0) continue;
      const names = listed(by.map((one) => constraintName(one.constraint)));
      if (told.has(names)) continue;
      told.add(names);
      const who = cluster.vms[vm]?.name ?? '';
      const path = ['constraints', at];
      faults.add(
        'constraint',
        path,
        by.length === 1
          ? `${names} leaves ${who} no host. Take one out, or make it soft.`
          : `${names} leave ${who} no host together. Take one of them out, or make one soft.`,
      );
    }
  }
  return allowed;
}

/** Gathers against spreads and against pins; spreads over too few hosts. */
function checkGroups(
  cluster: Cluster,
  hard: readonly Placed[],
  allowed: ReadonlyMap<number, Allowed>,
  faults: Faults,
): void {
  const all = cluster.hosts.map(({ name }) => name);
  const spreads = hard.filter(({ constraint }) => constraint.type === 'spread');
  for (const { constraint, at } of hard) {
    if (constraint.type !== 'gather') continue;
    const members = membersOf(cluster, constraint);
    const together = new Set(members);
    for (const spread of spreads) {
      const both = membersOf(cluster, spread.constraint).filter((vm) => together.has(vm));
      if (both.length <= (spread.constraint.most ?? 1)) continue;
      const names = listed(both.slice(0, 3).map((vm) => cluster.vms[vm]?.name ?? ''));
      const more = both.length > 3 ? ` and ${both.length - 3} more` : '';
      faults.add(
        'constraint',
        ['constraints', Math.max(at, spread.at)],
        `${names}${more} are gathered by ${constraintName(constraint)} and spread by ${constraintName(spread.constraint)}. Keep one of the two, or make one soft.`,
      );
    }
    const pinned = members.filter((vm) => (allowed.get(vm)?.hosts.size ?? 1) > 0 && allowed.has(vm));
    const common = all.filter((host) => pinned.every((vm) => allowed.get(vm)?.hosts.has(host) === true));
    if (pinned.length > 1 && common.length === 0) {
      const by = new Set(
        pinned.flatMap((vm) => allowed.get(vm)?.by ?? []).map((one) => constraintName(one.constraint)),
      );
      faults.add(
        'constraint',
        ['constraints', at],
        `${constraintName(constraint)} cannot be kept: ${listed([...by])} leave no host for all of them. Take one out, or make one soft.`,
      );
    }
  }
  for (const { constraint, at } of spreads) {
    const members = membersOf(cluster, constraint);
    const most = constraint.most ?? 1;
    const anywhere = members.some((vm) => !allowed.has(vm));
    const hosts = anywhere ? all.length : new Set(members.flatMap((vm) => [...(allowed.get(vm)?.hosts ?? [])])).size;
    if (members.length <= hosts * most) continue;
    faults.add(
      'constraint',
      ['constraints', at],
      `${members.length} VMs of ${constraint.of} are spread, at most ${most} on one host, and only ${hosts} ${hosts === 1 ? 'host' : 'hosts'} may take them. Add hosts, raise most, or make it soft.`,
    );
  }
}

function checkOnline(cluster: Cluster, hard: readonly Placed[], faults: Faults): void {
  const online = hard.filter(({ constraint }) => constraint.type === 'online');
  for (const { constraint, at } of online) {
    const { of, least, most } = constraint;
    const path = ['constraints', at];
    const count = cluster.hosts.filter((host) => isOf(host, constraint)).length;
    if (least === undefined && most === undefined)
      faults.add('constraint', path, `the constraint online of ${of} says neither least nor most.`);
    if (least !== undefined && least > count && count > 0)
      faults.add(
        'constraint',
        [...path, 'least'],
        `at least ${least} hosts of ${of} are to be on, and there are ${count}. Lower least, or make it soft.`,
      );
    for (const other of online) {
      if (other.constraint.of !== of || other.constraint.most === undefined || (least ?? 0) <= other.constraint.most)
        continue;
      faults.add(
        'constraint',
        [...path, 'least'],
        `at least ${least} hosts of ${of} are to be on, and at most ${other.constraint.most} as constraints[${other.at}] says. Lower least, or raise most.`,
      );
    }
  }
}

function checkReserves(cluster: Cluster, hard: readonly Placed[], faults: Faults): void {
  for (const { constraint, at } of hard) {
    if (constraint.type !== 'reserve') continue;
    const path = ['constraints', at];
    if ((constraint.cpu ?? 0) === 0 && (constraint.memoryMiB ?? 0) === 0)
      faults.add('constraint', path, `the constraint reserve of ${constraint.of} says neither cpu nor memoryMiB.`);
    const small = cluster.hosts.find(
      (host) => isOf(host, constraint) && (constraint.memoryMiB ?? 0) > limitsOf(host, 1).memoryMiB,
    );
    if (small)
      faults.add(
        'constraint',
        [...path, 'memoryMiB'],
        `${mib(constraint.memoryMiB ?? 0)} of ${small.name} are to be left free, and it has ${mib(limitsOf(small, 1).memoryMiB)} for VMs. Lower it, or make it soft.`,
      );
  }
}

/** More memory promised to VMs than a host has: one of the figures is wrong, or its overcommitment is not told. */
function checkPromised(cluster: Cluster, faults: Faults): void {
  const promised = new Map<string, number>();
  for (const { host, memoryMiB } of cluster.vms) promised.set(host, (promised.get(host) ?? 0) + memoryMiB);
  cluster.hosts.forEach((host, at) => {
    const sum = promised.get(host.name) ?? 0;
    const limit = limitsOf(host, 1).memoryMiB;
    if (Number.isFinite(limit) && sum > limit + 1e-6)
      faults.add(
        'value',
        ['hosts', at, 'memoryMiB'],
        `the VMs on ${host.name} are promised ${mib(sum)}, and it has ${mib(limit)} for them. Correct one of the two, or tell overcommit.memory.`,
      );
  });
}
