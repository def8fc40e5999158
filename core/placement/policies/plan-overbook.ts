import type { Constraint } from '../../model/deployment.js';
import type { Cluster, ClusterVm, Plan } from '../cluster.js';
import { planPlacement, type PlacementLimits } from '../plan-placement.js';

export interface OverbookOptions {
  readonly limits: PlacementLimits;
  /** A VM is active that uses this share of its CPUs, or more, over the window of its readings. */
  readonly active: number;
  /** So many active VMs a host may have. */
  readonly most: number;
  readonly seed: number;
}

/** The group of VMs that are active now; no name of a deployment has a space in it. */
const ACTIVE = 'active VMs';
const PLACE = { file: 'plan:overbook', line: 1, column: 1 };

/**
 * Overbooking: hosts have promised more than they have, since most VMs are inactive most of the time. Active VMs are kept
 * apart and pooled with inactive ones: where a host has too many active ones, they are moved, or change places with
 * inactive ones, until no host has. What a VM uses over a window counts, so that a moment of work moves nothing.
 */
export function planOverbook(cluster: Cluster, options: OverbookOptions): Plan {
  const { most, active, limits, seed } = options;
  const goal = 'overbook';
  const marked: Cluster = {
    ...cluster,
    vms: cluster.vms.map((vm) => (isActive(vm, active) ? { ...vm, groups: [...(vm.groups ?? []), ACTIVE] } : vm)),
    constraints: [...(cluster.constraints ?? []), keptApart(most)],
  };
  const before = crowding(marked, most);
  const unread = cluster.vms.filter((vm) => vm.running && vm.cpuUsed === undefined).length;
  const unknown = unread === 0 ? '' : `; of ${unread} VMs nothing is known`;
  if (before.tooMany === 0) {
    const why = `no host has more than ${most} active ${most === 1 ? 'VM' : 'VMs'}${unknown}`;
    return { goal, answer: 'nothing-to-do', moves: [], rejected: [], before, after: before, why };
  }
  const plan = planPlacement(marked, { goal, objectives: [{ type: 'moves', weight: 0.1 }], limits, search: { seed } });
  const after = crowding(moved(marked, plan), most);
  if (plan.answer === 'move' && after.tooMany < before.tooMany) {
    const left = after.tooMany === 0 ? '' : `; ${after.tooMany} too many are left, for which there is no place`;
    const why = `${crowdedText(marked, most)}; active VMs are pooled with inactive ones${left}${unknown}`;
    return { ...plan, before, after, why };
  }
  const total = marked.vms.filter(isMarked).length;
  const taking = cluster.hosts.filter(({ accepting }) => accepting).length;
  const conflict =
    total > most * taking
      ? [
          `${total} VMs are active`,
          `${taking} hosts take VMs`,
          `a host may have ${most} active ${most === 1 ? 'VM' : 'VMs'}`,
        ]
      : (plan.conflict ?? []);
  const answer = plan.answer === 'no-gain' ? 'no-gain' : 'infeasible';
  const why = `${crowdedText(marked, most)}, and no place can be found: ${conflict.join(', ') || plan.why}${unknown}`;
  return {
    goal,
    answer,
    moves: [],
    rejected: plan.rejected,
    before,
    after: before,
    why,
    ...(conflict.length > 0 ? { conflict } : {}),
  };
}

function keptApart(most: number): Constraint {
  return { type: 'spread', of: ACTIVE, most, strength: 'soft', place: PLACE };
}

function isActive({ running, vcpus, cpuUsed, demand }: ClusterVm, active: number): boolean {
  const used = cpuUsed === undefined ? undefined : (demand?.mean ?? cpuUsed);
  return running && used !== undefined && vcpus > 0 && used / vcpus >= active;
}

function isMarked({ groups }: ClusterVm): boolean {
  return groups?.includes(ACTIVE) === true;
}

function activeOn(cluster: Cluster): ReadonlyMap<string, readonly string[]> {
  const byHost = new Map<string, string[]>();
  for (const vm of cluster.vms.filter(isMarked)) byHost.set(vm.host, [...(byHost.get(vm.host) ?? []), vm.name]);
  return byHost;
}

/** Active VMs, the most on one host, and how many are too many on theirs. */
function crowding(cluster: Cluster, most: number): Readonly<Record<'active' | 'mostOnOneHost' | 'tooMany', number>> {
  const counts = [...activeOn(cluster).values()].map(({ length }) => length);
  return {
    active: counts.reduce((sum, count) => sum + count, 0),
    mostOnOneHost: Math.max(0, ...counts),
    tooMany: counts.reduce((sum, count) => sum + Math.max(0, count - most), 0),
  };
}

function crowdedText(cluster: Cluster, most: number): string {
  return [...activeOn(cluster)]
    .filter(([, names]) => names.length > most)
    .map(([host, names]) => `${host} has ${names.length} active VMs (${names.join(', ')})`)
    .join(', ');
}

function moved(cluster: Cluster, { moves }: Plan): Cluster {
  const to = new Map(moves.map((move) => [move.vm, move.to]));
  return { ...cluster, vms: cluster.vms.map((vm) => ({ ...vm, host: to.get(vm.name) ?? vm.host })) };
}
