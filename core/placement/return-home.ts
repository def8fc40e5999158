import { afterMove, byMemory, percent, type Cluster, type Move, type Plan, type Rejection } from './cluster.js';
import { rejectTarget, rejectVm, type MoveLimits } from './rules.js';

export interface ReturnOptions extends MoveLimits {
  /** The host whose VMs are to come home. */
  readonly host: string;
}

/** Brings back one VM that was moved away from the host where it was started, once there is room for it again. */
export function planReturn(cluster: Cluster, options: ReturnOptions): Plan {
  const goal = `return to ${options.host}`;
  const home = cluster.hosts.find((host) => host.name === options.host);
  const away = cluster.vms.filter((vm) => vm.home === options.host && vm.host !== options.host);
  if (!home || away.length === 0) {
    return { goal, answer: 'nothing-to-do', moves: [], rejected: [], why: `every VM of ${options.host} is at home` };
  }
  const rejected: Rejection[] = [];
  for (const vm of away) {
    const refused = rejectVm(cluster, vm, options) ?? rejectTarget(cluster, vm, home, options);
    if (refused) {
      rejected.push(refused);
      continue;
    }
    const before = (home.cpuUsed ?? 0) / home.cpuCapacity;
    const after = ((home.cpuUsed ?? 0) + (vm.cpuUsed ?? 0)) / home.cpuCapacity;
    const why = `${vm.name} came from ${home.name}, which is at ${percent(before)} and goes to about ${percent(after)}`;
    return {
      goal,
      answer: 'move',
      moves: [{ vm: vm.name, from: vm.host, to: home.name, gain: 0, why }],
      rejected,
      why,
    };
  }
  return { goal, answer: 'infeasible', moves: [], rejected, why: rejected.map(({ detail }) => detail).join('; ') };
}

/**
 * Brings back VMs by name that left a host, such as for maintenance: as many of them as fit now, by one plan, the largest
 * first. `left` names those that do not.
 */
export function planReturnOf(cluster: Cluster, names: readonly string[], options: ReturnOptions): Plan {
  const goal = `return to ${options.host}`;
  const home = cluster.hosts.find(({ name }) => name === options.host);
  const away = cluster.vms.filter(({ name, host }) => names.includes(name) && host !== options.host).sort(byMemory);
  if (!home || away.length === 0)
    return { goal, answer: 'nothing-to-do', moves: [], rejected: [], left: [], why: `all are on ${options.host}` };
  const rejected: Rejection[] = [];
  const moves: Move[] = [];
  let seen = cluster;
  for (const vm of away) {
    const target = seen.hosts.find(({ name }) => name === home.name) ?? home;
    const refused = rejectVm(seen, vm, options) ?? rejectTarget(seen, vm, target, options);
    if (refused) {
      rejected.push(refused);
      continue;
    }
    const share = ((target.cpuUsed ?? 0) + (vm.cpuUsed ?? 0)) / target.cpuCapacity;
    const why = `${vm.name} came from ${home.name}, which goes to about ${percent(share)}`;
    moves.push({ vm: vm.name, from: vm.host, to: home.name, gain: 0, step: 0, why });
    seen = afterMove(seen, vm, home.name);
  }
  const left = away.map(({ name }) => name).filter((name) => !moves.some(({ vm }) => vm === name));
  const back = moves.length === 1 ? moves[0]?.why : `${moves.length} VMs came from ${home.name} and fit there again`;
  const why = [...(moves.length > 0 && back ? [back] : []), ...rejected.map(({ detail }) => detail)].join('; ');
  return { goal, answer: moves.length > 0 ? 'move' : 'infeasible', moves, rejected, left, why };
}
