import type { Constraint } from '../../core/model/deployment.js';
import type { Random } from '../../core/model/random.js';
import type { Cluster, ClusterHost, ClusterVm } from '../../core/placement/cluster.js';

export interface ClusterSize {
  readonly hosts: readonly [least: number, most: number];
  readonly vms: readonly [least: number, most: number];
  readonly constraints: readonly [least: number, most: number];
}

export const SMALL_CLUSTERS: ClusterSize = { hosts: [2, 12], vms: [0, 60], constraints: [0, 6] };

/** The time of all of them. */
export const AT = 10_000_000;

/**
 * A cluster with a bit of everything: maintenance, hosts that are off, overcommitment, locks, missing readings, former
 * moves, constraints that contradict each other. It may break rules from the beginning.
 */
export function randomCluster(random: Random, size: ClusterSize = SMALL_CLUSTERS): Cluster {
  const hosts = Array.from({ length: between(random, ...size.hosts) }, (_, at) => randomHost(random, at));
  const vms = Array.from({ length: few(random, ...size.vms) }, (_, at) => randomVm(random, at, hosts));
  const used = (name: string) =>
    vms.filter(({ host }) => host === name).reduce((sum, vm) => sum + (vm.cpuUsed ?? 0), 0);
  const constraints = Array.from({ length: between(random, ...size.constraints) }, () =>
    randomConstraint(random, hosts, vms),
  );
  return {
    at: AT,
    hosts: hosts.map((host) =>
      chance(random, 0.03) || host.powered === 'off'
        ? host
        : { ...host, cpuUsed: used(host.name) + (chance(random, 0.3) ? random.next() * 0.5 : 0) },
    ),
    vms,
    constraints: constraints.filter((one) => one !== undefined),
  };
}

function randomHost(random: Random, at: number): ClusterHost {
  const cpuCapacity = pick(random, [2, 4, 8]);
  return {
    name: `h${at + 1}`,
    family: chance(random, 0.7) ? 'front' : 'back',
    cpuCapacity,
    memoryMiB: pick(random, [4096, 8192, 16384]),
    accepting: !chance(random, 0.08),
    ...(chance(random, 0.2) ? { memoryReservedMiB: 512 } : {}),
    ...(chance(random, 0.15) ? { overcommit: { memory: 1.25, vcpus: 4 } } : {}),
    ...(chance(random, 0.05)
      ? { powered: 'off' as const }
      : chance(random, 0.02)
        ? { powered: 'changing' as const }
        : {}),
    ...(chance(random, 0.2) ? { cpuModels: ['Broadwell', ...(chance(random, 0.5) ? ['EPYC'] : [])] } : {}),
    ...(chance(random, 0.05) ? { software: ['Apache_1'] } : {}),
  };
}

function randomVm(random: Random, at: number, hosts: readonly ClusterHost[]): ClusterVm {
  const on = hosts.filter(({ powered }) => powered !== 'off');
  const host =
    on.length > 0 && !chance(random, 0.02) ? pick(random, on.slice(0, chance(random, 0.5) ? 2 : on.length)).name : '';
  const vcpus = pick(random, [1, 2, 4]);
  const running = host !== '' && !chance(random, 0.03);
  const groups = ['red', 'blue'].filter(() => chance(random, 0.15));
  const from = pick(random, hosts).name;
  return {
    name: `vm${at + 1}`,
    host,
    className: pick(random, ['Web', 'Store', 'Job']),
    vcpus,
    memoryMiB: pick(random, [256, 512, 1024, 2048]),
    running,
    ...(groups.length > 0 ? { groups } : {}),
    ...(chance(random, 0.04) ? {} : { cpuUsed: running ? random.next() * vcpus * 0.6 : 0 }),
    ...(chance(random, 0.04) ? { locked: 'it has a device of its host' } : {}),
    ...(chance(random, 0.1) ? { cpuModel: pick(random, ['Broadwell', 'EPYC']) } : {}),
    ...(chance(random, 0.1) ? { moves: [{ at: AT - random.next() * 4_000_000, from, to: host }] } : {}),
  };
}

function randomConstraint(
  random: Random,
  hosts: readonly ClusterHost[],
  vms: readonly ClusterVm[],
): Constraint | undefined {
  const type = pick(random, ['spread', 'spread', 'gather', 'pin', 'ban', 'reserve', 'online'] as const);
  const place = { file: 'random.json', line: 1, column: 1 };
  const strength = chance(random, 0.7) ? 'hard' : 'soft';
  const ofHosts = type === 'reserve' || type === 'online';
  const vm = vms.length > 0 ? pick(random, vms).name : 'Web';
  const of = ofHosts
    ? pick(random, [pick(random, hosts).family ?? '', pick(random, hosts).name])
    : pick(random, ['red', 'blue', 'Web', 'Store', vm]);
  const base = { type, of, strength, place } as const;
  if (type === 'spread') return { ...base, ...(chance(random, 0.7) ? { most: between(random, 1, 4) } : {}) };
  if (type === 'pin' || type === 'ban') {
    const names = hosts.filter(() => chance(random, type === 'pin' ? 0.5 : 0.25)).map(({ name }) => name);
    return names.length > 0 ? { ...base, on: names.join(' ') } : undefined;
  }
  if (type === 'reserve')
    return { ...base, cpu: random.next() * 0.4, ...(chance(random, 0.5) ? { memoryMiB: 512 } : {}) };
  if (type === 'online') return { ...base, least: between(random, 0, 2), most: between(random, 2, hosts.length) };
  return base;
}

export function between(random: Random, least: number, most: number): number {
  return least + Math.floor(random.next() * (most - least + 1));
}

/** Rather few than many, with all numbers possible. */
function few(random: Random, least: number, most: number): number {
  return least + Math.floor(random.next() ** 2 * (most - least + 1));
}

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random.next() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}
