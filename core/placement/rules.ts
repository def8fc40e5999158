import type { Constraint } from '../model/deployment.js';
import {
  memoryUsed,
  peersOf,
  percent,
  type Cluster,
  type ClusterHost,
  type ClusterVm,
  type Rejection,
} from './cluster.js';

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
  const free = target.memoryMiB - memoryUsed(cluster, target.name);
  if (vm.memoryMiB > free)
    return reject('memory', `${vm.name} needs ${vm.memoryMiB} MiB and ${target.name} has ${Math.floor(free)} MiB free`);
  const broken = constraints.find(
    (constraint) => constraint.strength === 'hard' && breaks(cluster, vm, target, constraint),
  );
  if (broken) return reject('constraint', `the constraint ${broken.type} of ${broken.of} forbids ${target.name}`);
  return undefined;
}

function rejection(vm: ClusterVm, target: ClusterHost) {
  return (rule: Rejection['rule'], detail: string): Rejection => ({ vm: vm.name, to: target.name, rule, detail });
}

/** True where the VM on the target would break the constraint. */
export function breaks(cluster: Cluster, vm: ClusterVm, target: ClusterHost, constraint: Constraint): boolean {
  if (constraint.of !== vm.className && constraint.of !== vm.name) return false;
  const peers = peersOf(cluster, vm);
  const test: Readonly<Record<Constraint['type'], () => boolean>> = {
    spread: () => peers.some((peer) => peer.host === target.name),
    gather: () => peers.some((peer) => peer.host !== target.name),
    pin: () => constraint.on !== target.name,
    ban: () => constraint.on === target.name,
    reserve: () => false,
    online: () => false,
  };
  return test[constraint.type]();
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
