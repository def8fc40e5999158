import type { Constraint } from '../../model/deployment.js';
import type { Assignment, ObjectiveTerm, Problem } from '../problem.js';
import { HostCounts } from './host-counts.js';
import { isOf, limitsOf } from './limits.js';
import { hostsNamed, membersOf } from './members.js';
import { constraintName } from './words.js';

/** What a kind counts, without its name and weight. */
type Measure = Pick<ObjectiveTerm, 'value' | 'delta' | 'moved'>;

/**
 * Soft constraints as terms, one for each, counting what breaks them: VMs that are too many on a host (`spread`), apart
 * from the most (`gather`) or on a wrong host (`pin`, `ban`); shares of hosts that a reserve lacks; hosts in use above `most`
 * (`online`). One VM or host counts as `weight` hosts (see `ObjectiveType`); default: 1.
 */
export function softTerms(problem: Problem, assignment: Assignment, weight = 1): readonly ObjectiveTerm[] {
  return (problem.cluster.constraints ?? [])
    .filter(({ strength }) => strength === 'soft')
    .map((constraint) => ({
      name: constraintName(constraint),
      weight,
      ...MEASURES[constraint.type](assignment, constraint),
    }));
}

const MEASURES: Readonly<Record<Constraint['type'], (assignment: Assignment, constraint: Constraint) => Measure>> = {
  spread: spreadMeasure,
  gather: gatherMeasure,
  pin: pinMeasure,
  ban: pinMeasure,
  reserve: reserveMeasure,
  online: onlineMeasure,
};

function spreadMeasure(assignment: Assignment, constraint: Constraint): Measure {
  const most = constraint.most ?? 1;
  const members = new Set(membersOf(assignment.problem.cluster, constraint));
  const counts = new HostCounts(members, assignment.hostOf);
  let total = 0;
  for (const host of counts.hosts()) total += Math.max(0, counts.on(host) - most);
  const delta = (vm: number, from: number, to: number) => {
    if (from === to || !members.has(vm)) return 0;
    const less = from >= 0 && counts.on(from) > most ? 1 : 0;
    return (to >= 0 && counts.on(to) >= most ? 1 : 0) - less;
  };
  return {
    value: () => total,
    delta,
    moved: (vm, from, to) => {
      total += delta(vm, from, to);
      if (members.has(vm)) counts.moved(from, to);
    },
  };
}

function gatherMeasure(assignment: Assignment, constraint: Constraint): Measure {
  const members = new Set(membersOf(assignment.problem.cluster, constraint));
  const counts = new HostCounts(members, assignment.hostOf);
  const apart = () => counts.placed - counts.largest;
  return {
    value: apart,
    delta: (vm, from, to) => {
      if (from === to || !members.has(vm)) return 0;
      const before = apart();
      counts.moved(from, to);
      const after = apart();
      counts.moved(to, from);
      return after - before;
    },
    moved: (vm, from, to) => {
      if (members.has(vm)) counts.moved(from, to);
    },
  };
}

function pinMeasure(assignment: Assignment, constraint: Constraint): Measure {
  const { cluster, hosts, hostIndex } = assignment.problem;
  const members = new Set(membersOf(cluster, constraint));
  const pinned = constraint.type === 'pin';
  const wrong = new Uint8Array(hosts).fill(pinned ? 1 : 0);
  for (const name of hostsNamed(constraint)) {
    const host = hostIndex.get(name);
    if (host !== undefined) wrong[host] = pinned ? 0 : 1;
  }
  const at = (host: number) => (host < 0 ? 0 : (wrong[host] ?? 0));
  let total = 0;
  for (const vm of members) total += at(assignment.hostOf[vm] ?? -1);
  const delta = (vm: number, from: number, to: number) => (members.has(vm) ? at(to) - at(from) : 0);
  return {
    value: () => total,
    delta,
    moved: (vm, from, to) => {
      total += delta(vm, from, to);
    },
  };
}

function reserveMeasure(assignment: Assignment, constraint: Constraint): Measure {
  const { cluster, cpu, memory, hosts } = assignment.problem;
  const kept = cluster.hosts.map((host) => {
    if (!isOf(host, constraint)) return undefined;
    const memoryMiB = limitsOf(host, 1).memoryMiB;
    const { cpu: share = 0, memoryMiB: reserve = 0 } = constraint;
    return { cpuLimit: host.cpuCapacity * (1 - share), cpus: host.cpuCapacity, share, memoryMiB, reserve };
  });
  const lack = (host: number, cpuOn: number, memoryOn: number) => {
    const one = kept[host];
    if (!one) return 0;
    // of a host that was not read nothing is known to lack
    const isRead = !Number.isNaN(cpuOn);
    const cpuLack = isRead && one.share > 0 && one.cpus > 0 ? Math.max(0, cpuOn - one.cpuLimit) / one.cpus : 0;
    const over = one.reserve > 0 ? Math.max(0, memoryOn - (one.memoryMiB - one.reserve)) : 0;
    return cpuLack + (one.memoryMiB > 0 ? over / one.memoryMiB : 0);
  };
  // sums of its own: they are as they were when the last move was told, whether or not the assignment has made the next
  const cpuOn = Float64Array.from(assignment.cpuOn);
  const memoryOn = Float64Array.from(assignment.memoryOn);
  const change = (host: number, vm: number, sign: number) => {
    if (host < 0) return 0;
    const [c, m] = [cpuOn[host] ?? 0, memoryOn[host] ?? 0];
    const own = cpu[vm] ?? 0;
    const known = Number.isNaN(own) ? 0 : own;
    return lack(host, c + sign * known, m + sign * (memory[vm] ?? 0)) - lack(host, c, m);
  };
  const delta = (vm: number, from: number, to: number) => (from === to ? 0 : change(from, vm, -1) + change(to, vm, 1));
  const add = (host: number, vm: number, sign: number) => {
    if (host < 0) return;
    const own = cpu[vm] ?? 0;
    cpuOn[host] = (cpuOn[host] ?? 0) + sign * (Number.isNaN(own) ? 0 : own);
    memoryOn[host] = (memoryOn[host] ?? 0) + sign * (memory[vm] ?? 0);
  };
  const sum = () => {
    let total = 0;
    for (let host = 0; host < hosts; host += 1) total += lack(host, cpuOn[host] ?? 0, memoryOn[host] ?? 0);
    return total;
  };
  return {
    value: sum,
    delta,
    moved: (vm, from, to) => {
      add(from, vm, -1);
      add(to, vm, 1);
    },
  };
}

function onlineMeasure(assignment: Assignment, constraint: Constraint): Measure {
  const { cluster } = assignment.problem;
  const most = constraint.most ?? Infinity;
  const concerned = Uint8Array.from(cluster.hosts, (host) => (isOf(host, constraint) ? 1 : 0));
  const vmsOn = new Int32Array(cluster.hosts.length);
  for (const host of assignment.hostOf) if (host >= 0) vmsOn[host] = (vmsOn[host] ?? 0) + 1;
  const bySoftware = cluster.hosts.map(({ software, powered }) => (software?.length ?? 0) > 0 && powered !== 'off');
  let inUse = 0;
  vmsOn.forEach((count, host) => {
    if (concerned[host] === 1 && (count > 0 || bySoftware[host] === true)) inUse += 1;
  });
  // a host with software is in use with or without VMs
  const changes = (host: number) => host >= 0 && concerned[host] === 1 && bySoftware[host] !== true;
  const change = (from: number, to: number) => {
    if (from === to) return 0;
    const emptied = changes(from) && vmsOn[from] === 1 ? 1 : 0;
    return (changes(to) && vmsOn[to] === 0 ? 1 : 0) - emptied;
  };
  const over = (hosts: number) => Math.max(0, hosts - most);
  return {
    value: () => over(inUse),
    delta: (_vm, from, to) => over(inUse + change(from, to)) - over(inUse),
    moved: (_vm, from, to) => {
      inUse += change(from, to);
      if (from >= 0) vmsOn[from] = (vmsOn[from] ?? 0) - 1;
      if (to >= 0) vmsOn[to] = (vmsOn[to] ?? 0) + 1;
    },
  };
}
