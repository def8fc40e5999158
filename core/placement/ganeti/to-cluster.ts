import type { Constraint } from '../../model/deployment.js';
import type { Cluster, ClusterHost, ClusterVm } from '../cluster.js';
import type { GanetiLoad } from './read-loads.js';
import {
  DEFAULT_VCPU_RATIO,
  holdsMemory,
  reachOf,
  type GanetiGroup,
  type GanetiInstance,
  type GanetiNode,
  type GanetiPolicy,
} from './records.js';
import { placeIn, type Row } from './rows.js';
import { exclusions, exclusionTags, migrationReach } from './tags.js';

/** What a file of Ganeti's tools holds. */
export interface GanetiRecords {
  readonly groups: readonly GanetiGroup[];
  readonly nodes: readonly GanetiNode[];
  readonly instances: readonly GanetiInstance[];
  readonly tags: readonly Row[];
  /** By name of the group; the cluster's own has an empty one. */
  readonly policies: ReadonlyMap<string, GanetiPolicy>;
}

/** Its tools count an instance without a load as one of each. */
const UNKNOWN_LOAD: GanetiLoad = { cpu: 1, memory: 1, disk: 1, network: 1 };
/** A node whose sizes are not known takes nothing; a size of 0 would divide. */
const NOTHING = { cpuCapacity: 1, cpus: 1, memoryMiB: 1 };
/** They leave a node one MiB at least. */
const LEAST_FREE_MIB = 1;

/** The same cluster as the planner sees it; `at` is when it was like that. */
export function toCluster(records: GanetiRecords, loads: ReadonlyMap<string, GanetiLoad>, at: number): Cluster {
  const groupOf = new Map(records.nodes.map(({ name, group }) => [name, group]));
  const vms = records.instances.map((instance) => {
    const split = instance.secondary !== '' && groupOf.get(instance.primary) !== groupOf.get(instance.secondary);
    return toVm(instance, exclusionTags(instance, records.tags), loads.get(instance.name) ?? UNKNOWN_LOAD, split);
  });
  const cpuOn = sums(
    records.instances.map(({ name, primary }) => [primary, (loads.get(name) ?? UNKNOWN_LOAD).cpu] as const),
  );
  const memoryOn = sums(
    records.instances.map((instance) => [instance.primary, holdsMemory(instance) ? instance.memoryMiB : 0]),
  );
  const kept = secondaryReserves(records.instances);
  const hosts = records.nodes.map((node): ClusterHost => {
    const { name } = node;
    const used = memoryOn.get(name) ?? 0;
    // a group without a policy of its own has the tools' one, not the cluster's
    const { vcpuRatio } = records.policies.get(node.group) ?? { vcpuRatio: DEFAULT_VCPU_RATIO };
    return {
      name,
      family: node.group,
      ...(node.told ? sizes(node, vcpuRatio, used, kept.get(name) ?? 0) : NOTHING),
      cpuUsed: cpuOn.get(name) ?? 0,
      accepting: !node.offline,
      ...(node.offline ? { closed: 'it is offline' } : {}),
    };
  });
  const constraints = [...exclusions(records.instances, records.tags), ...reaches(records)];
  return { at, hosts, vms, ...(constraints.length > 0 ? { constraints } : {}) };
}

function sizes(
  { cpus, memoryMiB, systemMiB, freeMiB, systemCpus }: GanetiNode,
  vcpuRatio: number,
  used: number,
  kept: number,
): Pick<ClusterHost, 'cpuCapacity' | 'cpus' | 'memoryMiB' | 'memoryReservedMiB' | 'overcommit'> {
  // what nobody accounts for is not free either
  const system = Math.max(systemMiB, memoryMiB - freeMiB - used);
  const spare = Math.max(0, memoryMiB - system - used);
  return {
    cpuCapacity: cpus,
    cpus,
    memoryMiB,
    memoryReservedMiB: Math.min(memoryMiB, system + Math.min(spare, Math.max(LEAST_FREE_MIB, kept))),
    overcommit: { vcpus: Math.max(Number.EPSILON, vcpuRatio - systemCpus / cpus) },
  };
}

/** `split`: its nodes are in different groups, which only its administrator can mend. */
function toVm(instance: GanetiInstance, excluded: readonly string[], load: GanetiLoad, split: boolean): ClusterVm {
  const running = instance.status === 'running' && !instance.forthcoming;
  const locked =
    reachOf(instance) === 'one'
      ? `its disk is only on its node (${instance.template})`
      : split
        ? 'its two nodes are in different groups'
        : undefined;
  return {
    name: instance.name,
    host: instance.primary,
    className: 'instance',
    ...(excluded.length > 0 ? { groups: excluded } : {}),
    // the tools count the load of what does not run, too: it is its node's, for it stays
    ...(running ? { cpuUsed: load.cpu } : {}),
    memoryLoad: load.memory,
    diskLoad: load.disk,
    networkLoad: load.network,
    vcpus: instance.vcpus,
    memoryMiB: holdsMemory(instance) ? instance.memoryMiB : 0,
    running,
    ...(locked === undefined ? {} : { locked }),
  };
}

/** Where instances can be run: on the nodes of their group, on their own two, where migrations work. */
function reaches({ groups, nodes, instances, tags }: GanetiRecords): readonly Constraint[] {
  const reach = migrationReach(nodes, tags);
  const inGroup = new Map(groups.map(({ name }) => [name, nodes.filter(({ group }) => group === name)] as const));
  const groupOf = new Map(nodes.map(({ name, group }) => [name, group]));
  return instances.flatMap((instance): readonly Constraint[] => {
    if (reachOf(instance) === 'one') return [];
    const pair = reachOf(instance) === 'pair' ? [instance.primary, instance.secondary] : undefined;
    const group = (inGroup.get(groupOf.get(instance.primary) ?? '') ?? []).map(({ name }) => name);
    const reached = reach.get(instance.primary);
    if (!pair && !reached && group.length === nodes.length) return [];
    const on = (pair ?? group).filter((name) => name !== '' && (reached?.includes(name) ?? true));
    return [
      {
        type: 'pin',
        of: instance.name,
        on: on.join(' '),
        strength: 'hard',
        place: placeIn(instance.row, pair ? 7 : 6),
      },
    ];
  });
}

/** Memory that nodes keep for instances whose primary node may fail: of each other node only one fails at a time. */
function secondaryReserves(instances: readonly GanetiInstance[]): ReadonlyMap<string, number> {
  const pairs = sums(
    instances
      .filter((instance) => instance.secondary !== '' && holdsMemory(instance) && instance.row.fields[5] !== 'N')
      .map(({ primary, secondary, memoryMiB }) => [`${secondary} ${primary}`, memoryMiB]),
  );
  const most = new Map<string, number>();
  for (const [pair, memoryMiB] of pairs) {
    const [secondary = ''] = pair.split(' ');
    most.set(secondary, Math.max(most.get(secondary) ?? 0, memoryMiB));
  }
  return most;
}

function sums(amounts: readonly (readonly [name: string, amount: number])[]): Map<string, number> {
  const totals = new Map<string, number>();
  for (const [name, amount] of amounts) totals.set(name, (totals.get(name) ?? 0) + amount);
  return totals;
}
