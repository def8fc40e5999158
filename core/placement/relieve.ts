import { percent, type Cluster, type Move, type Plan, type Rejection } from './cluster.js';
import { rejectTarget, rejectVm, type MoveLimits } from './rules.js';

export interface RelieveOptions extends MoveLimits {
  readonly host: string;
  /** A move that frees less than this share of the host's CPU is not worth its cost. */
  readonly minimumGain: number;
}

/**
 * Relieves one hot host by one move: the VM that frees most CPU for each MiB to be copied (Sandpiper's volume-to-size
 * ratio, Wood et al., NSDI 2007, on the CPU alone), to the host where it leaves most room. One move a decision: what
 * comes after is decided on new readings.
 */
export function planRelief(cluster: Cluster, options: RelieveOptions): Plan {
  const goal = `relieve ${options.host}`;
  const hot = cluster.hosts.find((host) => host.name === options.host);
  if (!hot || hot.cpuUsed === undefined) {
    return {
      goal,
      answer: 'infeasible',
      moves: [],
      rejected: [],
      why: `no fresh CPU reading of ${options.host}, so nothing is moved`,
    };
  }
  const load = hot.cpuUsed / hot.cpuCapacity;
  if (load < options.below) {
    const why = `${hot.name} is at ${percent(load)}, below ${percent(options.below)} again`;
    return { goal, answer: 'nothing-to-do', moves: [], rejected: [], why };
  }
  const rejected: Rejection[] = [];
  const feasible: (Move & { readonly ratio: number; readonly room: number })[] = [];
  for (const vm of cluster.vms.filter((candidate) => candidate.host === hot.name)) {
    const unmovable = rejectVm(cluster, vm, options);
    if (unmovable) {
      rejected.push(unmovable);
      continue;
    }
    const used = vm.cpuUsed ?? 0;
    const gain = used / hot.cpuCapacity;
    if (gain < options.minimumGain) {
      const detail = `moving ${vm.name} frees ${percent(gain)} of ${hot.name}, at least ${percent(options.minimumGain)} is asked for`;
      rejected.push({ vm: vm.name, rule: 'no-gain', detail });
      continue;
    }
    for (const target of cluster.hosts.filter((host) => host.name !== hot.name)) {
      const refused = rejectTarget(cluster, vm, target, options);
      if (refused) {
        rejected.push(refused);
        continue;
      }
      const before = (target.cpuUsed ?? 0) / target.cpuCapacity;
      const after = ((target.cpuUsed ?? 0) + used) / target.cpuCapacity;
      feasible.push({
        vm: vm.name,
        from: hot.name,
        to: target.name,
        gain,
        ratio: used / vm.memoryMiB,
        room: 1 - after,
        why: `${hot.name} is at ${percent(load)}; ${vm.name} uses ${percent(gain)} of it; ${target.name} goes from ${percent(before)} to about ${percent(after)}`,
      });
    }
  }
  feasible.sort((a, b) => b.ratio - a.ratio || b.room - a.room || a.vm.localeCompare(b.vm, 'en', { numeric: true }));
  const [best, ...others] = feasible;
  if (!best) {
    const answer = rejected.length > 0 && rejected.every(({ rule }) => rule === 'no-gain') ? 'no-gain' : 'infeasible';
    const why =
      rejected.length > 0
        ? rejected.map(({ detail }) => detail).join('; ')
        : `${hot.name} has no VM that could be moved`;
    return { goal, answer, moves: [], rejected, why };
  }
  for (const other of others) {
    rejected.push({
      vm: other.vm,
      to: other.to,
      rule: 'second-best',
      detail: `${best.vm} to ${best.to} frees more CPU for each MiB, or leaves more room`,
    });
  }
  const { vm, from, to, gain, why } = best;
  return { goal, answer: 'move', moves: [{ vm, from, to, gain, why }], rejected, why };
}
