import type { Cluster, ClusterVm, Rejection } from '../cluster.js';
import { lasting, lastMove, recentMoves, resolved, type ResolvedLimits } from './past-moves.js';
import type { MovableVms, StabilityLimits } from './types.js';

/** What is asked of each VM, in this order: the first reason is told. Those marked count for urgent VMs too. */
const REASONS: readonly {
  readonly always: boolean;
  readonly of: (world: World, vm: ClusterVm) => Omit<Rejection, 'vm'> | undefined;
}[] = [
  { always: true, of: notRunning },
  { always: true, of: locked },
  { always: true, of: unread },
  { always: false, of: startingUp },
  { always: false, of: coolingDown },
  { always: false, of: held },
];

interface World {
  readonly cluster: Cluster;
  readonly limits: ResolvedLimits;
  /** The VM that came to or left each host last, and when. */
  readonly changes: ReadonlyMap<string, { readonly vm: string; readonly at: number }>;
}

/**
 * Which VMs may be moved as far as they themselves are concerned: running, not locked, freshly read; not while the
 * manager starts up, not so soon after a move of their own (the time doubles with each move in the window), not while the
 * readings of their host settle after another's move. VMs on `limits.urgent` hosts must leave: only the first three count.
 * Where a VM may go is another matter: see `cycleRule`.
 */
export function movableVms(cluster: Cluster, limits: StabilityLimits): MovableVms {
  const world: World = { cluster, limits: resolved(limits), changes: changesOf(cluster) };
  const urgent = new Set(limits.urgent);
  const rejected: Rejection[] = [];
  const movable = cluster.vms.map((vm) => {
    for (const { always, of } of REASONS) {
      const reason = always || !urgent.has(vm.host) ? of(world, vm) : undefined;
      if (!reason) continue;
      rejected.push({ vm: vm.name, ...reason });
      return false;
    }
    return true;
  });
  return { movable, rejected };
}

function notRunning(_world: World, { name, running }: ClusterVm): Omit<Rejection, 'vm'> | undefined {
  return running ? undefined : { rule: 'not-running', detail: `${name} is not running` };
}

function locked(_world: World, vm: ClusterVm): Omit<Rejection, 'vm'> | undefined {
  return vm.locked === undefined ? undefined : { rule: 'locked', detail: `${vm.name} stays where it is: ${vm.locked}` };
}

function unread(_world: World, { name, cpuUsed }: ClusterVm): Omit<Rejection, 'vm'> | undefined {
  return cpuUsed === undefined ? { rule: 'no-fresh-reading', detail: `no fresh CPU reading of ${name}` } : undefined;
}

function startingUp({ cluster, limits }: World): Omit<Rejection, 'vm'> | undefined {
  const { startedAt, at } = cluster;
  if (startedAt === undefined || at - startedAt >= limits.startUpMs) return undefined;
  const since = lasting(Math.max(0, at - startedAt));
  return {
    rule: 'start-up',
    detail: `the manager began ${since} ago, and moves nothing for ${lasting(limits.startUpMs)}`,
  };
}

function coolingDown({ cluster, limits }: World, vm: ClusterVm): Omit<Rejection, 'vm'> | undefined {
  const last = lastMove(vm);
  if (last === undefined) return undefined;
  const moves = recentMoves(cluster, vm, limits.windowMs).length;
  const rest = Math.min(limits.coolDownLimitMs, limits.coolDownMs * 2 ** Math.max(0, moves - 1));
  const since = cluster.at - last;
  if (since >= rest) return undefined;
  const often = moves > 1 ? `, ${moves} times within ${lasting(limits.windowMs)},` : '';
  return {
    rule: 'cool-down',
    detail: `${vm.name} moved ${lasting(Math.max(0, since))} ago${often} and stays for ${lasting(rest)}`,
  };
}

function held({ cluster, limits, changes }: World, vm: ClusterVm): Omit<Rejection, 'vm'> | undefined {
  const change = changes.get(vm.host);
  if (!change || cluster.at - change.at >= limits.holdMs) return undefined;
  const since = lasting(Math.max(0, cluster.at - change.at));
  const detail = `${change.vm} came to or left ${vm.host} ${since} ago, and its readings settle for ${lasting(limits.holdMs)}`;
  return { rule: 'cool-down', detail };
}

function changesOf({ vms }: Cluster): World['changes'] {
  const changes = new Map<string, { readonly vm: string; readonly at: number }>();
  const note = (host: string, vm: string, at: number) => {
    if ((changes.get(host)?.at ?? -Infinity) < at) changes.set(host, { vm, at });
  };
  for (const { name, host, moves = [], movedAt } of vms) {
    for (const move of moves) {
      note(move.from, name, move.at);
      note(move.to, name, move.at);
    }
    if (movedAt !== undefined) note(host, name, movedAt);
  }
  return changes;
}
