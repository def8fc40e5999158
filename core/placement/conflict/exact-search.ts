import { ROUNDING } from '../constraints/capacity.rules.js';
import { isOf, limitsOf, type HostLimits } from '../constraints/limits.js';
import { hostsNamed, membersOf } from '../constraints/members.js';
import type { HardRule, Problem } from '../problem.js';
import { keyOf, type Fact } from './facts.js';

/** What a placement is looked for. VMs and hosts are indexes. */
export interface Question {
  /** VMs that may be elsewhere than at the beginning; the others stay. */
  readonly free: readonly number[];
  /** Those of them that must not be on one of `leave`, nor on no host. */
  readonly required: readonly number[];
  readonly leave: ReadonlySet<number>;
  /** Hosts whose CPU has to be below their limit in the end. */
  readonly cool: ReadonlySet<number>;
  /** VMs that count nowhere, as if they were not there. */
  readonly absent: ReadonlySet<number>;
  readonly below: number;
  /** What keeps VMs from going back. */
  readonly cycles?: HardRule | undefined;
}

export interface Budget {
  nodes: number;
}

/**
 * Whether a placement exists that keeps the facts: every host that a VM comes to is within its limits afterwards, VMs go
 * where constraints allow, and no gather is more apart than before. `undefined`: not known, the budget ran out.
 * A depth-first search over the free VMs, those with fewest hosts first.
 */
export function findPlacement(
  world: World,
  facts: readonly Fact[],
  budget: Budget,
): ReadonlyMap<number, number> | false | undefined {
  const { problem, question } = world;
  world.assume(facts);
  // what is done before the first node counts too
  budget.nodes -= Math.ceil((question.free.length * problem.hosts) / 4);
  if (budget.nodes < 0) return undefined;
  const order = question.free
    .filter((vm) => !question.absent.has(vm))
    .map((vm) => ({ vm, hosts: world.hostsFor(vm) }))
    .sort((a, b) => a.hosts.length - b.hosts.length || (problem.memory[b.vm] ?? 0) - (problem.memory[a.vm] ?? 0));
  if (world.short(order)) return false;
  const place = (depth: number): boolean | undefined => {
    const next = order[depth];
    if (!next) return world.holds();
    for (const host of next.hosts) {
      budget.nodes -= 1;
      if (budget.nodes < 0) return undefined;
      if (!world.put(next.vm, host)) continue;
      const found = place(depth + 1);
      if (found !== false) return found;
      world.take(next.vm, host);
    }
    return false;
  };
  const found = place(0);
  const placed = found === true ? world.placed() : found;
  world.clear();
  return placed;
}

/** A constraint of the cluster, by its index, with what a kind of it needs to be looked at quickly. */
interface At {
  readonly at: number;
}

/**
 * Host limits and constraints as far as facts are {@link World.assume assumed}, with the VMs that were put so far and those
 * that stay. Made once for a question, and used for all sets of facts.
 */
export class World {
  readonly #on: Int32Array;
  readonly #cpu: Float64Array;
  readonly #memory: Float64Array;
  readonly #vcpus: Float64Array;
  /** How many VMs came to each host from another one. */
  readonly #came: Int32Array;
  readonly #limits: readonly HostLimits[];
  readonly #reserves: readonly (readonly (At & { readonly cpu: number; readonly memoryMiB: number })[])[];
  readonly #pins: readonly (At & {
    readonly members: ReadonlySet<number>;
    readonly hosts: ReadonlySet<string>;
    readonly pin: boolean;
  })[];
  readonly #spreads: readonly (At & { readonly members: ReadonlySet<number>; readonly most: number })[];
  readonly #gathers: readonly (At & { readonly members: readonly number[]; readonly apart: number })[];
  readonly #online: readonly (At & {
    readonly hosts: readonly number[];
    readonly most: number;
    readonly inUse: number;
  })[];
  #keys: ReadonlySet<string> = new Set();

  constructor(
    readonly problem: Problem,
    readonly question: Question,
  ) {
    const { cluster, cpuBase } = problem;
    const hard = (cluster.constraints ?? []).flatMap((one, at) => (one.strength === 'hard' ? [{ ...one, at }] : []));
    this.#limits = cluster.hosts.map((host) => limitsOf(host, question.below));
    const reserves = hard.filter(({ type }) => type === 'reserve');
    this.#reserves = cluster.hosts.map((host) =>
      reserves
        .filter((one) => isOf(host, one))
        .map(({ at, cpu = 0, memoryMiB = 0 }) => ({ at, cpu: cpu * host.cpuCapacity, memoryMiB })),
    );
    this.#on = Int32Array.from(problem.start);
    this.#cpu = Float64Array.from(cpuBase);
    this.#memory = new Float64Array(problem.hosts);
    this.#vcpus = new Float64Array(problem.hosts);
    this.#came = new Int32Array(problem.hosts);
    const free = new Set(question.free);
    for (let vm = 0; vm < problem.vms; vm += 1) {
      if (free.has(vm) || question.absent.has(vm)) this.#on[vm] = -1;
      else this.#count(vm, problem.start[vm] ?? -1, 1);
    }
    this.#pins = hard
      .filter(({ type }) => type === 'pin' || type === 'ban')
      .map((one) => ({
        at: one.at,
        members: new Set(membersOf(cluster, one)),
        hosts: new Set(hostsNamed(one)),
        pin: one.type === 'pin',
      }));
    this.#spreads = hard
      .filter(({ type }) => type === 'spread')
      .map((one) => ({ at: one.at, members: new Set(membersOf(cluster, one)), most: one.most ?? 1 }));
    this.#gathers = hard
      .filter(({ type }) => type === 'gather')
      .map((one) => ({ at: one.at, members: membersOf(cluster, one).filter((vm) => !question.absent.has(vm)) }))
      .map((one) => ({ ...one, apart: apart(one.members, problem.start) }));
    this.#online = hard
      .filter(({ type, most }) => type === 'online' && most !== undefined)
      .map((one) => {
        const hosts = cluster.hosts.flatMap((host, at) => (isOf(host, one) ? [at] : []));
        return { at: one.at, hosts, most: one.most ?? 0, inUse: this.#inUse(hosts, problem.start) };
      });
  }

  /** From now on these facts hold, and no others. */
  assume(facts: readonly Fact[]): void {
    this.#keys = new Set(facts.map(keyOf));
  }

  /** Takes away what was put. */
  clear(): void {
    for (const vm of this.question.free) {
      const host = this.#on[vm] ?? -1;
      if (host >= 0) this.take(vm, host);
    }
  }

  /** Whether the VM may be on the host when nothing else was put. */
  takes(vm: number, host: number): boolean {
    if (!this.hostsFor(vm, [host]).includes(host) || !this.put(vm, host)) return false;
    const holds = this.holds();
    this.take(vm, host);
    return holds;
  }

  /** Where a VM may be, whatever the others do: where it is first, then where most memory is free. */
  hostsFor(vm: number, among?: readonly number[]): readonly number[] {
    const { problem, question } = this;
    const start = problem.start[vm] ?? -1;
    const required = question.required.includes(vm);
    const stay = required && (start < 0 || question.leave.has(start)) ? [] : [start];
    if (this.#keys.has(`stays ${vm}`)) return stay;
    const { cluster } = problem;
    const model = this.#keys.has(`cpu-model ${vm}`) ? cluster.vms[vm]?.cpuModel : undefined;
    const elsewhere = (among ?? Array.from({ length: problem.hosts }, (_, host) => host)).filter(
      (host) => host !== start && !question.leave.has(host) && this.#takes(host, vm, model),
    );
    if (elsewhere.length < 2) return [...stay, ...elsewhere];
    const rooms = new Map(
      elsewhere.map((host) => [
        host,
        Math.min(Number.MAX_SAFE_INTEGER, this.#limitOf(host).memoryMiB) - (this.#memory[host] ?? 0),
      ]),
    );
    return [...stay, ...elsewhere.sort((a, b) => (rooms.get(b) ?? 0) - (rooms.get(a) ?? 0))];
  }

  /** Whether what has to move needs more memory or CPU than all hosts together have: then no search is needed. */
  short(order: readonly { readonly vm: number; readonly hosts: readonly number[] }[]): boolean {
    if (order.some(({ hosts }) => hosts.length === 0)) return true;
    const targets = new Set(order.flatMap(({ hosts }) => hosts));
    let memory = 0;
    for (const host of targets) {
      if (host < 0) return false;
      // an overfull host keeps what is on it, so that it offers what its own free VMs have, too
      const own = order.reduce(
        (sum, { vm }) => sum + (this.problem.start[vm] === host ? (this.problem.memory[vm] ?? 0) : 0),
        0,
      );
      memory += Math.max(own, this.#limitOf(host).memoryMiB - (this.#memory[host] ?? 0));
    }
    return order.reduce((sum, { vm }) => sum + (this.problem.memory[vm] ?? 0), 0) > memory + ROUNDING;
  }

  put(vm: number, host: number): boolean {
    const start = this.problem.start[vm] ?? -1;
    if (host >= 0 && host !== start) this.#came[host] = (this.#came[host] ?? 0) + 1;
    this.#count(vm, host, 1);
    this.#on[vm] = host;
    if (this.#fits(host)) return true;
    this.take(vm, host);
    return false;
  }

  take(vm: number, host: number): void {
    const start = this.problem.start[vm] ?? -1;
    if (host >= 0 && host !== start) this.#came[host] = (this.#came[host] ?? 0) - 1;
    this.#count(vm, host, -1);
    this.#on[vm] = -1;
  }

  /** What can only be told of a whole placement. */
  holds(): boolean {
    const { hosts: all } = this.problem.cluster;
    const off = (host: number) => all[host]?.powered === 'off';
    return (
      this.#gathers.every(({ at, members, apart: before }) => !this.#holds(at) || apart(members, this.#on) <= before) &&
      this.#online.every(({ at, hosts, most, inUse }) => {
        if (!this.#holds(at)) return true;
        if (this.#inUse(hosts, this.#on) > Math.max(most, inUse)) return false;
        const woken = hosts.filter((host) => off(host) && (this.#came[host] ?? 0) > 0).length;
        return woken === 0 || hosts.filter((host) => !off(host)).length + woken <= most;
      })
    );
  }

  placed(): ReadonlyMap<number, number> {
    const { free, absent } = this.question;
    const moved = free.filter((vm) => !absent.has(vm) && this.#on[vm] !== this.problem.start[vm]);
    return new Map(moved.map((vm) => [vm, this.#on[vm] ?? -1]));
  }

  #inUse(hosts: readonly number[], hostOf: Int32Array): number {
    const used = new Set(hostOf);
    const { hosts: all } = this.problem.cluster;
    const bySoftware = (host: number) => (all[host]?.software?.length ?? 0) > 0 && all[host]?.powered !== 'off';
    return hosts.filter((host) => used.has(host) || bySoftware(host)).length;
  }

  /** A host that something came to keeps its limits; a host to be relieved is below its own in any case. */
  #fits(host: number): boolean {
    if (host < 0) return true;
    const limit = this.#limitOf(host);
    if (this.question.cool.has(host) && (this.#cpu[host] ?? 0) >= this.#coolLimit(host)) return false;
    if ((this.#came[host] ?? 0) === 0) return true;
    if ((this.#memory[host] ?? 0) > limit.memoryMiB + ROUNDING) return false;
    if ((this.#vcpus[host] ?? 0) > limit.vcpus + ROUNDING) return false;
    if (limit.cpu !== Infinity && (this.#cpu[host] ?? 0) >= limit.cpu) return false;
    return this.#spreads.every(({ at, members, most }) => !this.#holds(at) || this.#keepsApart(host, members, most));
  }

  #coolLimit(host: number): number {
    return this.#limits[host]?.cpu ?? Infinity;
  }

  /** A host that has too many of a group may keep them, if none came to it. */
  #keepsApart(host: number, members: ReadonlySet<number>, most: number): boolean {
    let there = 0;
    let came = false;
    for (const vm of members) {
      if (this.#on[vm] !== host) continue;
      there += 1;
      came ||= this.problem.start[vm] !== host;
    }
    return !came || there <= most;
  }

  #takes(host: number, vm: number, model: string | undefined): boolean {
    const closed = ['closed', 'off', 'unread'].some((kind) => this.#keys.has(`${kind} ${host}`));
    const one = this.problem.cluster.hosts[host];
    if (closed || !one || (model !== undefined && one.cpuModels?.includes(model) === false)) return false;
    if (this.#keys.has(`cycle ${vm}`) && this.question.cycles?.allows(vm, host) === false) return false;
    return this.#pins.every(
      ({ at, members, hosts, pin }) => !this.#holds(at) || !members.has(vm) || hosts.has(one.name) === pin,
    );
  }

  /** Whether a constraint is among the facts. */
  #holds(at: number): boolean {
    return this.#keys.has(`constraint ${at}`);
  }

  /** What a host may hold by the facts. A reserve bounds what the host has: with as much of that as one likes, it is no bound. */
  #limitOf(host: number): HostLimits {
    const own = this.#limits[host];
    if (!own) return { cpu: 0, memoryMiB: 0, vcpus: 0 };
    let [cpuKept, memoryKept] = [0, 0];
    for (const { at, cpu, memoryMiB } of this.#reserves[host] ?? []) {
      if (!this.#holds(at)) continue;
      cpuKept = Math.max(cpuKept, cpu);
      memoryKept = Math.max(memoryKept, memoryMiB);
    }
    const capacity = this.problem.cpuCapacity[host] ?? 0;
    const cpu = cpuKept > 0 ? Math.min(own.cpu, capacity - cpuKept) : own.cpu;
    return {
      cpu: this.#keys.has(`cpu ${host}`) ? cpu : Infinity,
      memoryMiB: this.#keys.has(`memory ${host}`) ? own.memoryMiB - memoryKept : Infinity,
      vcpus: this.#keys.has(`vcpus ${host}`) ? own.vcpus : Infinity,
    };
  }

  #count(vm: number, host: number, sign: 1 | -1): void {
    if (host < 0) return;
    const { cpu, memory, vcpus } = this.problem;
    const used = cpu[vm] ?? NaN;
    if (!Number.isNaN(used)) this.#cpu[host] = (this.#cpu[host] ?? 0) + sign * used;
    this.#memory[host] = (this.#memory[host] ?? 0) + sign * (memory[vm] ?? 0);
    this.#vcpus[host] = (this.#vcpus[host] ?? 0) + sign * (vcpus[vm] ?? 0);
  }
}

/** How many of a group are elsewhere than most of them. */
function apart(members: readonly number[], hostOf: Int32Array): number {
  const counts = new Map<number, number>();
  let placed = 0;
  for (const vm of members) {
    const host = hostOf[vm] ?? -1;
    if (host < 0) continue;
    placed += 1;
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return placed - Math.max(0, ...counts.values());
}
