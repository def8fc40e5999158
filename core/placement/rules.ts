import type { Constraint } from '../model/deployment.js';
import { memoryUsed, percent, type Cluster, type ClusterHost, type ClusterVm, type Rejection } from './cluster.js';
import { isOf, limitsOf } from './constraints/limits.js';
import { hostsNamed, isMember, membersOf } from './constraints/members.js';
import { constraintName } from './constraints/words.js';

/** What every migration must respect, whatever its goal. */
export interface MoveLimits {
  /** The target's predicted CPU rate must stay below this fraction. */
  readonly below: number;
  /** A VM that moved within this time stays. */
  readonly coolDownMs: number;
  readonly constraints: readonly Constraint[];
}

/** Why a VM may not be moved at all now, or `undefined`. */
export function rejectVm(cluster: Cluster, vm: ClusterVm, limits: MoveLimits): Rejection | undefined {
  if (!vm.running) return { vm: vm.name, rule: 'not-running', detail: `${vm.name} is not running` };
  if (vm.locked !== undefined)
    return { vm: vm.name, rule: 'locked', detail: `${vm.name} stays where it is: ${vm.locked}` };
  if (vm.cpuUsed === undefined)
    return { vm: vm.name, rule: 'no-fresh-reading', detail: `no fresh CPU reading of ${vm.name}` };
  return resting(cluster, vm, limits.coolDownMs);
}

/** Why a VM that moved lately stays where it is, or `undefined`. */
export function resting(cluster: Cluster, vm: ClusterVm, coolDownMs: number): Rejection | undefined {
  const since = vm.movedAt === undefined ? Infinity : cluster.at - vm.movedAt;
  if (since >= coolDownMs) return undefined;
  const detail = `${vm.name} moved ${seconds(since)} ago and stays for ${seconds(coolDownMs)}`;
  return { vm: vm.name, rule: 'cool-down', detail };
}

/** Why a host cannot take a VM that runs, or `undefined`. */
export function rejectTarget(
  cluster: Cluster,
  vm: ClusterVm,
  target: ClusterHost,
  limits: MoveLimits,
): Rejection | undefined {
  const reject = rejection(vm, target);
  const noRoom = rejectRoom(cluster, vm, target, limits.constraints);
  if (noRoom) return noRoom;
  if (target.cpuUsed === undefined || vm.cpuUsed === undefined)
    return reject('no-fresh-reading', `no fresh CPU reading of ${target.name}`);
  const predicted = (target.cpuUsed + vm.cpuUsed) / target.cpuCapacity;
  if (predicted >= limits.below) {
    return reject(
      'would-overload',
      `${target.name} would reach ${percent(predicted)}, the limit is ${percent(limits.below)}`,
    );
  }
  return undefined;
}

/** Why a host cannot take a VM whatever its load, or `undefined`: it takes none, lacks memory, or a hard constraint forbids it. */
export function rejectRoom(
  cluster: Cluster,
  vm: ClusterVm,
  target: ClusterHost,
  constraints: readonly Constraint[],
): Rejection | undefined {
  const reject = rejection(vm, target);
  if (!target.accepting) {
    return reject('not-accepting', `${target.name} takes no VMs now${target.closed ? `: ${target.closed}` : ''}`);
  }
  const unfit = rejectKind(vm, target);
  if (unfit) return unfit;
  const free = freeMemory(cluster, target);
  if (vm.memoryMiB > free)
    return reject('memory', `${vm.name} needs ${vm.memoryMiB} MiB and ${target.name} has ${Math.floor(free)} MiB free`);
  const { vcpus } = limitsOf(target, 1);
  const promised = vcpus === Infinity ? 0 : vcpusOn(cluster, target.name);
  if (promised + vm.vcpus > vcpus) {
    const detail = `${vm.name} has ${vm.vcpus} virtual CPUs, and ${target.name} has promised ${promised} of the ${Math.floor(vcpus)} that it may promise`;
    return reject('cpus', detail);
  }
  const broken = constraints.find(
    (constraint) => constraint.strength === 'hard' && breaks(cluster, vm, target, constraint),
  );
  if (broken) return reject('constraint', `the constraint ${constraintName(broken)} forbids ${target.name}`);
  return undefined;
}

/** MiB that a host has free for VMs, after overcommitment and what it keeps for itself. */
export function freeMemory(cluster: Cluster, host: ClusterHost): number {
  return limitsOf(host, 1).memoryMiB - memoryUsed(cluster, host.name);
}

/** Why a host could not run a VM, or not now, however much room it has. */
function rejectKind(vm: ClusterVm, target: ClusterHost): Rejection | undefined {
  const reject = rejection(vm, target);
  if (target.powered === 'off' || target.powered === 'changing') {
    return reject('off', `${target.name} is ${target.powered === 'off' ? 'off' : 'being switched on or off'}`);
  }
  if (vm.cpuModel !== undefined && target.cpuModels?.includes(vm.cpuModel) === false) {
    const detail = `${vm.name} was started with the CPU model ${vm.cpuModel}, which ${target.name} does not have`;
    return reject('cpu-model', detail);
  }
  return undefined;
}

function vcpusOn(cluster: Cluster, host: string): number {
  return cluster.vms.reduce((sum, vm) => sum + (vm.host === host ? vm.vcpus : 0), 0);
}

function rejection(vm: ClusterVm, target: ClusterHost) {
  return (rule: Rejection['rule'], detail: string): Rejection => ({ vm: vm.name, to: target.name, rule, detail });
}

/** True where the VM on the target would break the constraint. A VM comes to a gather where most of the others are. */
export function breaks(cluster: Cluster, vm: ClusterVm, target: ClusterHost, constraint: Constraint): boolean {
  const concerned = OF_HOSTS.has(constraint.type) ? isOf(target, constraint) : isMember(vm, constraint);
  return concerned && BREAKS[constraint.type](cluster, vm, target, constraint);
}

/** Kinds that are about hosts, not about VMs. */
const OF_HOSTS: ReadonlySet<Constraint['type']> = new Set(['reserve', 'online'] as const);

const BREAKS: Readonly<
  Record<Constraint['type'], (cluster: Cluster, vm: ClusterVm, target: ClusterHost, constraint: Constraint) => boolean>
> = {
  spread: (cluster, vm, target, constraint) =>
    others(cluster, vm, constraint).filter(({ host }) => host === target.name).length >= (constraint.most ?? 1),
  gather: (cluster, vm, target, constraint) => {
    const apart = others(cluster, vm, constraint).filter(({ host }) => host !== '');
    const on = (name: string) => apart.filter(({ host }) => host === name).length + (vm.host === name ? 1 : 0);
    // the VM counts where it is now: it must not leave as many as it comes to
    const there = on(target.name);
    return apart.some(({ host }) => host !== target.name && on(host) > there) || (apart.length > 0 && there === 0);
  },
  pin: (_cluster, _vm, target, constraint) => !hostsNamed(constraint).includes(target.name),
  ban: (_cluster, _vm, target, constraint) => hostsNamed(constraint).includes(target.name),
  reserve: (cluster, vm, target, { cpu = 0, memoryMiB = 0 }) => {
    const comes = vm.host === target.name ? 0 : 1;
    const left = freeMemory(cluster, target) - comes * vm.memoryMiB;
    const used = (target.cpuUsed ?? 0) + comes * (vm.cpuUsed ?? 0);
    return (memoryMiB > 0 && left < memoryMiB) || (cpu > 0 && used > target.cpuCapacity * (1 - cpu));
  },
  online: (cluster, vm, target, constraint) => {
    const used = new Set(cluster.vms.filter(({ name }) => name !== vm.name).map(({ host }) => host));
    const inUse = cluster.hosts.filter(
      (host) =>
        isOf(host, constraint) &&
        (used.has(host.name) || ((host.software?.length ?? 0) > 0 && host.powered !== 'off') || host.name === vm.host),
    );
    return !inUse.includes(target) && inUse.length >= (constraint.most ?? Infinity);
  },
};

/** The VMs that a constraint is about, without this one. */
function others(cluster: Cluster, vm: ClusterVm, constraint: Constraint): readonly ClusterVm[] {
  return membersOf(cluster, constraint).flatMap((index) => {
    const other = cluster.vms[index];
    return other && other.name !== vm.name ? [other] : [];
  });
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
