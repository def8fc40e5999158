import type { Constraint } from '../model/deployment.js';
import { percent, type Cluster, type ClusterHost, type ClusterVm, type Plan, type Rejection } from './cluster.js';
import { breaks, freeMemory, rejectRoom, resting } from './rules.js';

export interface RoomOptions {
  /** The VM that is to grow. */
  readonly vm: string;
  /** What it is to have. */
  readonly memoryMiB: number;
  readonly vcpus: number;
  /** The hosts that it may be on: those of its family. */
  readonly hosts: readonly string[];
  /** Hosts that are left out, such as after they refused it. */
  readonly except?: readonly string[];
  /** The target's predicted CPU rate must stay below this fraction, where it is known. */
  readonly below: number;
  readonly coolDownMs: number;
  readonly constraints: readonly Constraint[];
}

/**
 * Another host for a VM that is to grow and has no room for that where it is. Memory and CPUs decide; load only where it
 * is known, since what is to grow has a need that was seen already. Among hosts with room, fewest broken soft constraints
 * count, then the memory that is left.
 */
export function planRoom(cluster: Cluster, options: RoomOptions): Plan {
  const { memoryMiB, vcpus } = options;
  const goal = `room for ${options.vm} with ${memoryMiB} MiB and ${vcpus} virtual ${vcpus === 1 ? 'CPU' : 'CPUs'}`;
  const size = { memory: `${memoryMiB} MiB`, vcpus: String(vcpus) };
  const now = cluster.vms.find(({ name }) => name === options.vm);
  const stays = now && (running(now) ?? resting(cluster, now, options.coolDownMs));
  if (!now || stays) {
    const rejected = stays ? [stays] : [];
    return { goal, answer: 'infeasible', moves: [], rejected, why: stays?.detail ?? `there is no VM ${options.vm}` };
  }
  const grown: ClusterVm = { ...now, memoryMiB, vcpus };
  const free = (host: ClusterHost) => freeMemory(cluster, host);
  const soft = (host: ClusterHost) =>
    options.constraints.filter((constraint) => breaks(cluster, grown, host, constraint)).length;
  const rejected: Rejection[] = [];
  const fitting: ClusterHost[] = [];
  for (const host of cluster.hosts) {
    if (host.name === now.host || !options.hosts.includes(host.name)) continue;
    const refused =
      excepted(grown, host, options) ??
      rejectRoom(cluster, grown, host, options.constraints) ??
      rejectCpu(grown, host, options.below);
    if (refused) rejected.push(refused);
    else fitting.push(host);
  }
  const [best, ...others] = fitting.sort((a, b) => soft(a) - soft(b) || free(b) - free(a));
  if (!best) {
    const why = rejected.map(({ detail }) => detail).join('; ') || `there is no host but ${now.host} for ${now.name}`;
    return { goal, answer: 'infeasible', moves: [], rejected, why };
  }
  for (const other of others) {
    const detail = `${best.name} has more memory free, or breaks fewer constraints`;
    rejected.push({ vm: now.name, to: other.name, rule: 'second-best', detail });
  }
  const why = `${now.host} has no room for ${now.name} to grow, and ${best.name} has ${Math.floor(free(best))} MiB free`;
  return {
    goal,
    answer: 'move',
    moves: [{ vm: now.name, from: now.host, to: best.name, gain: 0, why }],
    rejected,
    ...size,
    why,
  };
}

function excepted(vm: ClusterVm, host: ClusterHost, { except }: RoomOptions): Rejection | undefined {
  if (except?.includes(host.name) !== true) return undefined;
  return { vm: vm.name, to: host.name, rule: 'excepted', detail: `${host.name} is left out, as was asked for` };
}

function running(vm: ClusterVm): Rejection | undefined {
  return vm.running ? undefined : { vm: vm.name, rule: 'not-running', detail: `${vm.name} is not running` };
}

function rejectCpu(vm: ClusterVm, host: ClusterHost, below: number): Rejection | undefined {
  const reject = (rule: Rejection['rule'], detail: string) => ({ vm: vm.name, to: host.name, rule, detail });
  if (host.cpus !== undefined && vm.vcpus > host.cpus)
    return reject('cpus', `${host.name} has ${host.cpus} CPUs, and ${vm.name} is to have ${vm.vcpus}`);
  if (host.cpuUsed === undefined || vm.cpuUsed === undefined) return undefined;
  const predicted = (host.cpuUsed + vm.cpuUsed) / host.cpuCapacity;
  if (predicted < below) return undefined;
  return reject('would-overload', `${host.name} would reach ${percent(predicted)}, the limit is ${percent(below)}`);
}
