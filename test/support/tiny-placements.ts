import type { Constraint } from '../../core/model/deployment.js';
import type { Cluster, ClusterHost, ClusterVm } from '../../core/placement/cluster.js';

/** Facts that hold; the others are as if they were otherwise. `cpu h2` is how `Fact` names them, in words. */
export interface TinyQuestion {
  readonly leave: readonly string[];
  readonly below: number;
  readonly holds: (kind: string, at: number) => boolean;
}

/** Whether any placement of a tiny cluster empties the hosts, by trying all of them; from the definitions alone. */
export function someEmpties(cluster: Cluster, question: TinyQuestion): boolean {
  const hosts = cluster.hosts.map(({ name }) => name);
  const chosen: string[] = [];
  const tries = (at: number): boolean => {
    const vm = cluster.vms[at];
    if (!vm) return isRight(cluster, chosen, question);
    const leaves = vm.running && question.leave.includes(vm.host);
    const others = hosts.filter((name) => !question.leave.includes(name));
    const options = leaves ? others : [...new Set([...others, vm.host])];
    return options.some((name) => {
      chosen[at] = name;
      return mayGo(cluster, vm, at, name, question) && tries(at + 1);
    });
  };
  return tries(0);
}

function mayGo(cluster: Cluster, vm: ClusterVm, at: number, name: string, { holds }: TinyQuestion): boolean {
  if (name === vm.host) return true;
  const index = cluster.hosts.findIndex((one) => one.name === name);
  const host = cluster.hosts[index];
  if (!host) return false;
  const still = !vm.running || vm.locked !== undefined || vm.cpuUsed === undefined;
  if (still && holds('stays', at)) return false;
  if (holds('off', index) || holds('closed', index) || holds('unread', index)) return false;
  if (holds('cpu-model', at) && vm.cpuModel !== undefined && host.cpuModels?.includes(vm.cpuModel) === false)
    return false;
  return active(cluster, holds).every((one) => {
    const named = (one.on ?? '').split(' ').includes(name);
    return !about(vm, one) || (one.type === 'pin' ? named : one.type === 'ban' ? !named : true);
  });
}

function isRight(cluster: Cluster, chosen: readonly string[], { below, holds }: TinyQuestion): boolean {
  const rules = active(cluster, holds);
  const room = cluster.hosts.every((host, index) => {
    const came = cluster.vms.some((vm, at) => chosen[at] === host.name && vm.host !== host.name);
    return !came || fits(cluster, host, index, chosen, below, rules, holds);
  });
  if (!room) return false;
  return rules.every((rule) => {
    if (rule.type === 'gather') {
      const members = cluster.vms.flatMap((vm, at) => (about(vm, rule) ? [at] : []));
      const now = members.map((at) => chosen[at] ?? '');
      return apart(now) <= apart(members.map((at) => cluster.vms[at]?.host ?? ''));
    }
    if (rule.type !== 'online' || rule.most === undefined) return true;
    const used = (on: readonly string[]) => cluster.hosts.filter((host) => isOf(host, rule) && inUse(host, on)).length;
    const before = used(cluster.vms.map(({ host }) => host));
    const lit = cluster.hosts.filter(
      (host) =>
        isOf(host, rule) &&
        (host.powered !== 'off' || cluster.vms.some((vm, at) => chosen[at] === host.name && vm.host !== host.name)),
    );
    const woken = lit.some(({ powered }) => powered === 'off');
    return used(chosen) <= Math.max(before, rule.most) && (!woken || lit.length <= rule.most);
  });
}

function fits(
  cluster: Cluster,
  host: ClusterHost,
  index: number,
  chosen: readonly string[],
  below: number,
  rules: readonly Constraint[],
  holds: TinyQuestion['holds'],
): boolean {
  const there = cluster.vms.filter((_, at) => chosen[at] === host.name);
  const sum = (of: (vm: ClusterVm) => number) => there.reduce((total, vm) => total + of(vm), 0);
  const kept = rules.filter((rule) => rule.type === 'reserve' && isOf(host, rule));
  const memoryKept = Math.max(0, ...kept.map(({ memoryMiB }) => memoryMiB ?? 0));
  const cpuKept = Math.max(0, ...kept.map(({ cpu }) => cpu ?? 0));
  const memory = (host.memoryMiB - (host.memoryReservedMiB ?? 0)) * (host.overcommit?.memory ?? 1) - memoryKept;
  if (holds('memory', index) && sum((vm) => vm.memoryMiB) > memory + 1e-6) return false;
  const own = cluster.vms.filter((vm) => vm.host === host.name).reduce((total, vm) => total + (vm.cpuUsed ?? 0), 0);
  const base = host.cpuUsed === undefined ? 0 : Math.max(0, host.cpuUsed - own);
  const bound = Math.min(below * host.cpuCapacity, cpuKept > 0 ? (1 - cpuKept) * host.cpuCapacity : Infinity);
  if (holds('cpu', index) && base + sum((vm) => (vm.running ? (vm.cpuUsed ?? 0) : 0)) >= bound) return false;
  const vcpus = (host.overcommit?.vcpus ?? Infinity) * (host.cpus ?? host.cpuCapacity);
  if (holds('vcpus', index) && sum((vm) => vm.vcpus) > vcpus + 1e-6) return false;
  return rules.every((rule) => {
    if (rule.type !== 'spread') return true;
    const members = there.filter((vm) => about(vm, rule));
    return members.length <= (rule.most ?? 1) || members.every((vm) => vm.host === host.name);
  });
}

function active({ constraints = [] }: Cluster, holds: TinyQuestion['holds']): readonly Constraint[] {
  return constraints.filter(({ strength }, at) => strength === 'hard' && holds('constraint', at));
}

function about(vm: ClusterVm, { of }: Constraint): boolean {
  return vm.name === of || vm.className === of || vm.groups?.includes(of) === true;
}

function isOf(host: ClusterHost, { of }: Constraint): boolean {
  return host.name === of || host.family === of;
}

function inUse(host: ClusterHost, on: readonly string[]): boolean {
  return on.includes(host.name) || ((host.software ?? []).length > 0 && host.powered !== 'off');
}

function apart(hosts: readonly string[]): number {
  const placed = hosts.filter((name) => name !== '');
  return placed.length - Math.max(0, ...placed.map((name) => placed.filter((other) => other === name).length));
}
