import {
  afterMove,
  byMemory,
  memoryUsed,
  percent,
  type Cluster,
  type ClusterHost,
  type Move,
  type Plan,
  type Rejection,
} from './cluster.js';
import { rejectTarget, rejectVm, type MoveLimits } from './rules.js';

/**
 * Consolidates: finds a host whose running VMs all fit on hosts that run others already (largest first, each to the
 * fullest host that takes it: best fit decreasing), and answers the first move towards that. A host that cannot be
 * emptied is left alone, since moving some of its VMs would cost and save nothing. The host with least to move is tried
 * first, so that the next decision goes on with what this one began.
 */
export function planGather(cluster: Cluster, limits: MoveLimits): Plan {
  const goal = 'gather';
  const used = cluster.hosts.filter((host) => runningOn(cluster, host.name).length > 0);
  if (used.length < 2) {
    const why = used[0] ? `${used[0].name} is the only host with running VMs` : 'no VM is running';
    return { goal, answer: 'nothing-to-do', moves: [], rejected: [], why };
  }
  const rejected: Rejection[] = [];
  let fits = false;
  for (const source of [...used].sort((a, b) => weight(cluster, a) - weight(cluster, b))) {
    const found = emptied(cluster, source, used, limits);
    rejected.push(...found.rejected);
    fits ||= found.moves.length > 0;
    const [move] = found.moves;
    if (!found.complete || !move) continue;
    const others = found.moves.length - 1;
    const more = others === 0 ? '' : ` and ${others} more ${others === 1 ? 'VM' : 'VMs'}`;
    const why = `${source.name} becomes empty: ${move.vm}${more} fit on ${[...new Set(found.moves.map(({ to }) => to))].join(', ')}; ${move.why}`;
    return { goal, answer: 'move', moves: [{ ...move, why }], rejected, why };
  }
  const why = rejected.map(({ detail }) => detail).join('; ');
  return { goal, answer: fits ? 'no-gain' : 'infeasible', moves: [], rejected, why: `no host can be emptied: ${why}` };
}

/** The moves that would empty a host, and what stands against it. */
function emptied(
  cluster: Cluster,
  source: ClusterHost,
  used: readonly ClusterHost[],
  limits: MoveLimits,
): { readonly moves: readonly Move[]; readonly rejected: readonly Rejection[]; readonly complete: boolean } {
  const moves: Move[] = [];
  const rejected: Rejection[] = [];
  const vms = [...runningOn(cluster, source.name)].sort(byMemory);
  if (source.software && source.software.length > 0) {
    const detail = `${source.name} also runs ${source.software.join(', ')}, which cannot be moved live`;
    return { moves, rejected: [{ vm: source.software[0] ?? '', rule: 'software', detail }], complete: false };
  }
  let predicted = cluster;
  for (const vm of vms) {
    const unmovable = rejectVm(predicted, vm, limits);
    if (unmovable) {
      rejected.push(unmovable);
      continue;
    }
    const targets = predicted.hosts
      .filter(({ name }) => name !== source.name && used.some((host) => host.name === name))
      .sort((a, b) => rate(b) - rate(a));
    let taker: ClusterHost | undefined;
    for (const target of targets) {
      const refused = rejectTarget(predicted, vm, target, limits);
      if (refused) rejected.push(refused);
      else taker ??= target;
    }
    if (!taker) continue;
    const after = rate(taker) + (vm.cpuUsed ?? 0) / taker.cpuCapacity;
    const why = `${taker.name} goes from ${percent(rate(taker))} to about ${percent(after)}`;
    const gain = (vm.cpuUsed ?? 0) / source.cpuCapacity;
    moves.push({ vm: vm.name, from: source.name, to: taker.name, gain, why });
    predicted = afterMove(predicted, vm, taker.name);
  }
  return { moves, rejected, complete: moves.length === vms.length };
}

function runningOn(cluster: Cluster, host: string) {
  return cluster.vms.filter((vm) => vm.host === host && vm.running);
}

/** How much there is to move, in MiB, and the CPU rate among equals. */
function weight(cluster: Cluster, host: ClusterHost): number {
  return memoryUsed(cluster, host.name) + Math.min(0.99, rate(host));
}

function rate({ cpuUsed, cpuCapacity }: ClusterHost): number {
  return (cpuUsed ?? 0) / cpuCapacity;
}
