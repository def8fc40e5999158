import { ROUNDING } from '../constraints/capacity.rules.js';
import { isOf, limitsOf } from '../constraints/limits.js';
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
  problem: Problem,
  question: Question,
  facts: readonly Fact[],
  budget: Budget,
): ReadonlyMap<number, number> | false | undefined {
  const world = new World(problem, question, facts);
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
  return found === true ? world.placed() : found;
}

/** Host limits and constraints as far as facts hold, with the VMs that were put so far and those that stay. */
class World {
  readonly #on: Int32Array;
  readonly #cpu: Float64Array;
  readonly #memory: Float64Array;
  readonly #vcpus: Float64Array;
  /** How many VMs came to each host from another one. */
  readonly #came: Int32Array;
  readonly #limits: readonly { readonly cpu: number; readonly memoryMiB: number; readonly vcpus: number }[];
  readonly #spreads: readonly { readonly members: ReadonlySet<number>; readonly most: number }[];
  readonly #gathers: readonly { readonly members: readonly number[]; readonly apart: number }[];
  readonly #online: readonly { readonly hosts: readonly number[]; readonly most: number; readonly inUse: number }[];
  readonly #keys: ReadonlySet<string>;

  constructor(
    private readonly problem: Problem,
    private readonly question: Question,
    facts: readonly Fact[],
  ) {
    const { cluster, cpuBase } = problem;
    this.#keys = new Set(facts.map(keyOf));
    const has = (kind: string, at: number) => this.#keys.has(`${kind} ${at}`);
    const hard = (cluster.constraints ?? []).filter((_, at) => has('constraint', at));
    this.#limits = cluster.hosts.map((host, at) => {
      const own = limitsOf(host, question.below);
      const kept = hard.filter((constraint) => constraint.type === 'reserve' && isOf(host, constraint));
      const cpuKept = Math.max(0, ...kept.map(({ cpu }) => cpu ?? 0)) * host.cpuCapacity;
      const memoryKept = Math.max(0, ...kept.map(({ memoryMiB }) => memoryMiB ?? 0));
      // a reserve bounds what the host has: with as much of that as one likes, it is no bound
      const cpu = cpuKept > 0 ? Math.min(own.cpu, host.cpuCapacity - cpuKept) : own.cpu;
      return {
        cpu: has('cpu', at) ? cpu : Infinity,
        memoryMiB: has('memory', at) ? own.memoryMiB - memoryKept : Infinity,
        vcpus: has('vcpus', at) ? own.vcpus : Infinity,
      };
    });
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
    this.#spreads = hard
      .filter(({ type }) => type === 'spread')
      .map((one) => ({ members: new Set(membersOf(cluster, one)), most: one.most ?? 1 }));
    this.#gathers = hard
      .filter(({ type }) => type === 'gather')
      .map((one) => membersOf(cluster, one).filter((vm) => !question.absent.has(vm)))
      .map((members) => ({ members, apart: apart(members, problem.start) }));
    this.#online = hard
      .filter(({ type, most }) => type === 'online' && most !== undefined)
      .map((one) => {
        const hosts = cluster.hosts.flatMap((host, at) => (isOf(host, one) ? [at] : []));
        return { hosts, most: one.most ?? 0, inUse: this.#inUse(hosts, problem.start) };
      });
  }

  /** Where a VM may be, whatever the others do: where it is first, then where most memory is free. */
  hostsFor(vm: number): readonly number[] {
    const { problem, question } = this;
    const start = problem.start[vm] ?? -1;
    const required = question.required.includes(vm);
    const stay = required && (start < 0 || question.leave.has(start)) ? [] : [start];
    if (this.#keys.has(`stays ${vm}`)) return stay;
    const { cluster } = problem;
    const model = this.#keys.has(`cpu-model ${vm}`) ? cluster.vms[vm]?.cpuModel : undefined;
    const elsewhere = cluster.hosts
      .map((_, host) => host)
      .filter((host) => host !== start && !question.leave.has(host) && this.#takes(host, vm, model));
    const room = (host: number) => (this.#limits[host]?.memoryMiB ?? 0) - (this.#memory[host] ?? 0);
    return [...stay, ...elsewhere.sort((a, b) => room(b) - room(a))];
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
      memory += Math.max(own, (this.#limits[host]?.memoryMiB ?? 0) - (this.#memory[host] ?? 0));
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
      this.#gathers.every(({ members, apart: before }) => apart(members, this.#on) <= before) &&
      this.#online.every(({ hosts, most, inUse }) => {
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
    const limit = this.#limits[host];
    if (!limit) return false;
    if (this.question.cool.has(host) && (this.#cpu[host] ?? 0) >= this.#coolLimit(host)) return false;
    if ((this.#came[host] ?? 0) === 0) return true;
    if ((this.#memory[host] ?? 0) > limit.memoryMiB + ROUNDING) return false;
    if ((this.#vcpus[host] ?? 0) > limit.vcpus + ROUNDING) return false;
    if (limit.cpu !== Infinity && (this.#cpu[host] ?? 0) >= limit.cpu) return false;
    return this.#spreads.every(({ members, most }) => this.#keepsApart(host, members, most));
  }

  #coolLimit(host: number): number {
    const own = this.problem.cluster.hosts[host];
    return own ? limitsOf(own, this.question.below).cpu : Infinity;
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
    return (this.problem.cluster.constraints ?? []).every((constraint, at) => {
      if (constraint.type !== 'pin' && constraint.type !== 'ban') return true;
      if (!this.#keys.has(`constraint ${at}`) || !membersOf(this.problem.cluster, constraint).includes(vm)) return true;
      return hostsNamed(constraint).includes(one.name) === (constraint.type === 'pin');
    });
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
