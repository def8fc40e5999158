import type { Constraint } from '../../core/model/deployment.js';
import type { Cluster, ClusterHost, ClusterVm, Move, Plan } from '../../core/placement/cluster.js';

/**
 * Says what is wrong with a plan, from the definitions alone and without any of the planner's own parts: every state that
 * can occur while its steps run, whatever the order in which the migrations of a step end, is looked at as a whole.
 */
export interface CheckedLimits {
  /** No move may bring a host's CPU to this fraction or above. */
  readonly below: number;
}

/** Hosts that each VM takes room on: two while it is migrated, none if it is nowhere. */
type Occupation = ReadonlyMap<string, readonly string[]>;

/** Rounding of sums. */
const SLACK = 1e-6;

export function faultsOf(cluster: Cluster, plan: Plan, { below }: CheckedLimits): readonly string[] {
  const faults: string[] = [];
  const begin: Occupation = new Map(cluster.vms.map(({ name, host }) => [name, host === '' ? [] : [host]]));
  const woken = new Set(plan.wake ?? []);
  const measuredAtBeginning = measures(cluster, begin, below, true);
  let settled = begin;
  const steps = [...new Set(plan.moves.map(({ step = 0 }) => step))].sort((a, b) => a - b);
  for (const step of steps) {
    const moves = plan.moves.filter((move) => (move.step ?? 0) === step);
    for (const move of moves)
      faults.push(...moveFaults(cluster, move, settled, woken, below).map((fault) => `step ${step}: ${fault}`));
    if (new Set(moves.map(({ vm }) => vm)).size < moves.length) faults.push(`step ${step}: a VM is moved twice`);
    const targets = new Set(moves.map(({ to }) => to));
    for (const ended of subsets(moves)) {
      const state = new Map(settled);
      for (const { vm, from, to } of moves) state.set(vm, ended.has(vm) || from === '' ? [to] : [from, to]);
      const measured = measures(cluster, state, below, ended.size === moves.length);
      for (const [what, value] of measured) {
        const before = measuredAtBeginning.get(what) ?? 0;
        if (value > before + SLACK)
          faults.push(`step ${step}, ended ${[...ended].join(' ')}: ${what} is ${value}, was ${before}`);
        const [kind = '', host = ''] = what.split(' on ');
        if (HOST_LIMITS.has(kind) && targets.has(host) && value > SLACK)
          faults.push(`step ${step}: a VM comes to ${host}, whose ${kind} is ${value} too much`);
      }
    }
    settled = new Map(settled);
    for (const { vm, to } of moves) (settled as Map<string, readonly string[]>).set(vm, [to]);
  }
  faults.push(...powerFaults(cluster, plan, settled));
  return faults;
}

const HOST_LIMITS: ReadonlySet<string> = new Set(['memory', 'cpu', 'vcpus', 'reserved memory', 'reserved cpu']);

/** All ways in which some of the moves have ended; of many, all that are one after the other. */
function subsets(moves: readonly Move[]): readonly ReadonlySet<string>[] {
  const names = moves.map(({ vm }) => vm);
  if (names.length > 6) return [...names, ''].map((_, count) => new Set(names.slice(0, count)));
  return Array.from({ length: 2 ** names.length }, (_, bits) => new Set(names.filter((_name, at) => (bits >> at) & 1)));
}

function moveFaults(
  cluster: Cluster,
  move: Move,
  settled: Occupation,
  woken: ReadonlySet<string>,
  below: number,
): readonly string[] {
  const vm = cluster.vms.find(({ name }) => name === move.vm);
  const to = cluster.hosts.find(({ name }) => name === move.to);
  if (!vm) return [`there is no VM ${move.vm}`];
  if (!to) return [`there is no host ${move.to}`];
  const faults: string[] = [];
  const at = settled.get(vm.name)?.[0] ?? '';
  if (move.from !== at) faults.push(`${vm.name} is on ${at}, not on ${move.from}`);
  if (move.to === at) faults.push(`${vm.name} is on ${at} already`);
  if (!vm.running) faults.push(`${vm.name} is not running`);
  if (vm.locked !== undefined) faults.push(`${vm.name} is locked`);
  if (vm.cpuUsed === undefined) faults.push(`${vm.name} was not read`);
  const off = to.powered === 'off';
  if (to.powered === 'changing' || (off && !woken.has(to.name))) faults.push(`${to.name} is ${to.powered}`);
  if (!to.accepting && !off) faults.push(`${to.name} takes no VMs`);
  if (to.cpuUsed === undefined && !off && below !== Infinity) faults.push(`${to.name} was not read`);
  if (vm.cpuModel !== undefined && to.cpuModels !== undefined && !to.cpuModels.includes(vm.cpuModel))
    faults.push(`${to.name} has no ${vm.cpuModel}`);
  for (const constraint of hard(cluster)) {
    if (!about(vm, constraint)) continue;
    const named = (constraint.on ?? '').split(' ').includes(to.name);
    if ((constraint.type === 'pin' && !named) || (constraint.type === 'ban' && named))
      faults.push(`${constraint.type} of ${constraint.of} forbids ${to.name} to ${vm.name}`);
  }
  return faults;
}

/** How much is too much of what, in a state. Gathers count only where nothing is on its way. */
function measures(cluster: Cluster, state: Occupation, below: number, atRest: boolean): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const over = (what: string, value: number) => found.set(what, Math.max(0, value));
  for (const host of cluster.hosts) {
    const there = cluster.vms.filter(({ name }) => state.get(name)?.includes(host.name));
    const memory = there.reduce((sum, vm) => sum + vm.memoryMiB, 0);
    const room = (host.memoryMiB - (host.memoryReservedMiB ?? 0)) * (host.overcommit?.memory ?? 1);
    over(`memory on ${host.name}`, memory - room);
    const own = cluster.vms.filter((vm) => vm.host === host.name).reduce((sum, vm) => sum + (vm.cpuUsed ?? 0), 0);
    const base = Math.max(0, (host.cpuUsed ?? (host.powered === 'off' ? 0 : own)) - own);
    const cpu = base + there.reduce((sum, vm) => sum + (vm.running ? (vm.cpuUsed ?? 0) : 0), 0);
    if (below !== Infinity) over(`cpu on ${host.name}`, cpu - below * host.cpuCapacity);
    const perCpu = host.overcommit?.vcpus;
    if (perCpu !== undefined) {
      const promised = there.reduce((sum, vm) => sum + vm.vcpus, 0);
      over(`vcpus on ${host.name}`, promised - perCpu * (host.cpus ?? host.cpuCapacity));
    }
    for (const constraint of hard(cluster).filter((one) => one.type === 'reserve' && isOf(host, one))) {
      if (constraint.memoryMiB !== undefined)
        over(`reserved memory on ${host.name}`, memory + constraint.memoryMiB - room);
      if (constraint.cpu !== undefined)
        over(`reserved cpu on ${host.name}`, cpu - (1 - constraint.cpu) * host.cpuCapacity);
    }
  }
  hard(cluster).forEach((constraint, at) => {
    const name = `${constraint.type} ${at} of ${constraint.of}`;
    const members = cluster.vms.filter((vm) => about(vm, constraint));
    const counts = new Map<string, number>();
    for (const vm of members)
      for (const host of state.get(vm.name) ?? []) counts.set(host, (counts.get(host) ?? 0) + 1);
    if (constraint.type === 'spread')
      for (const [host, count] of counts) over(`${name}, ${host}`, count - (constraint.most ?? 1));
    if (constraint.type === 'gather' && atRest) {
      const placed = members.filter((vm) => (state.get(vm.name)?.length ?? 0) > 0).length;
      over(name, placed - Math.max(0, ...counts.values()));
    }
    if (constraint.type === 'online' && constraint.most !== undefined) {
      const used = cluster.hosts.filter(
        (host) =>
          isOf(host, constraint) &&
          ((host.powered !== 'off' && (host.software?.length ?? 0) > 0) ||
            [...state.values()].some((hosts) => hosts.includes(host.name))),
      );
      over(name, used.length - constraint.most);
    }
  });
  return found;
}

function powerFaults(cluster: Cluster, plan: Plan, end: Occupation): readonly string[] {
  const faults: string[] = [];
  const used = new Set([...end.values()].flat());
  for (const name of plan.powerOff ?? []) {
    const host = cluster.hosts.find((one) => one.name === name);
    if (!host) faults.push(`there is no host ${name}`);
    else if (used.has(name) || (host.software?.length ?? 0) > 0)
      faults.push(`${name} is switched off with something on it`);
    else if (host.powered === 'off') faults.push(`${name} is off already`);
  }
  for (const name of plan.wake ?? []) {
    if (cluster.hosts.find((one) => one.name === name)?.powered !== 'off') faults.push(`${name} is not off`);
  }
  const on = new Set(cluster.hosts.filter(({ powered }) => powered !== 'off').map(({ name }) => name));
  const lit = new Set([...on, ...(plan.wake ?? [])]);
  for (const constraint of hard(cluster).filter(({ type }) => type === 'online')) {
    const ours = cluster.hosts.filter((host) => isOf(host, constraint)).map(({ name }) => name);
    const count = (names: ReadonlySet<string>) => ours.filter((name) => names.has(name)).length;
    const left = new Set([...lit].filter((name) => plan.powerOff?.includes(name) !== true));
    if (count(left) < (constraint.least ?? 0) && count(left) < count(on))
      faults.push(`only ${count(left)} hosts of ${constraint.of} stay on`);
    if (count(lit) > (constraint.most ?? Infinity) && count(lit) > count(on))
      faults.push(`${count(lit)} hosts of ${constraint.of} are on`);
  }
  return faults;
}

function hard({ constraints = [] }: Cluster): readonly Constraint[] {
  return constraints.filter(({ strength }) => strength === 'hard');
}

function about(vm: ClusterVm, { type, of }: Constraint): boolean {
  if (type === 'reserve' || type === 'online') return false;
  return vm.name === of || vm.className === of || (vm.groups ?? []).includes(of);
}

function isOf(host: ClusterHost, { of }: Constraint): boolean {
  return host.name === of || host.family === of;
}
