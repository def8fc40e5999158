import { AttituneError } from '../model/errors.js';
import { delay, type Clock } from '../model/clock.js';
import type { MigrationOutcome } from '../model/migration.js';
import type { PeerHost, PeerReadings, PeerVm } from '../model/peer.js';
import { roundLoad } from './what-if.js';

/** The hosts of a model by name, so that a migration finds its target. */
export type ModelHosts = ReadonlyMap<string, ModelHost>;

export interface ModelHostOptions {
  readonly name: string;
  readonly clock: Clock;
  readonly hosts: ModelHosts;
  readonly cpus?: number;
  readonly memoryMiB?: number;
  readonly vms?: readonly PeerVm[];
  /** How fast VMs are copied to another host, in MiB per second; a migration takes at least a moment. */
  readonly mibPerSecond?: number;
}

/**
 * A host in memory whose VMs have a memory and a load, and nothing else: light enough for tens of thousands in one
 * process. Its readings are what load averages come to. A VM is on exactly one host at any time; the memory of one that
 * is on its way is taken on both, as with real ones.
 */
export class ModelHost implements PeerHost {
  readonly name: string;
  readonly cpus: number;
  readonly memoryMiB: number;
  /** VMs that came here by migration so far. */
  arrivals = 0;
  /** Set to make readings and migrations fail, as those of a dead machine do. */
  dead = false;
  readonly #vms = new Map<string, PeerVm>();
  readonly #moving = new Set<string>();
  readonly #arriving = new Set<string>();
  readonly #clock: Clock;
  readonly #hosts: ModelHosts;
  readonly #mibPerSecond: number;
  #arrivingMiB = 0;

  constructor({ name, clock, hosts, cpus = 8, memoryMiB = 16_384, vms = [], mibPerSecond = 100 }: ModelHostOptions) {
    this.name = name;
    this.cpus = cpus;
    this.memoryMiB = memoryMiB;
    this.#clock = clock;
    this.#hosts = hosts;
    this.#mibPerSecond = mibPerSecond;
    for (const vm of vms) this.#vms.set(vm.name, vm);
  }

  /** What is here now. */
  get present(): readonly PeerVm[] {
    return [...this.#vms.values()];
  }

  /** Changes what a VM does, or how large it is; one of a new name begins here. */
  put(vm: PeerVm): void {
    this.#vms.set(vm.name, vm);
  }

  readings(): Promise<PeerReadings> {
    if (this.dead) return Promise.reject(this.#gone());
    let load = 0;
    let totalVmMemory = 0;
    for (const vm of this.#vms.values()) {
      load += vm.load;
      totalVmMemory += vm.memoryMiB;
    }
    load = roundLoad(load);
    const actualUsedMemory = totalVmMemory + this.#arrivingMiB;
    return Promise.resolve({
      ...{ cpuLoadOne: load, cpuLoadFive: load, cpuLoadFifteen: load },
      ...{ actualFreeMemory: this.memoryMiB - actualUsedMemory, actualUsedMemory, totalVmMemory },
      ...{ localVmCount: this.#vms.size, cpus: this.cpus },
    });
  }

  vms(): Promise<readonly PeerVm[]> {
    return this.dead ? Promise.reject(this.#gone()) : Promise.resolve(this.present);
  }

  migrating(vm: string): Promise<boolean> {
    return Promise.resolve(this.#moving.has(vm) || this.#arriving.has(vm));
  }

  async migrate(name: string, to: string, signal: AbortSignal): Promise<MigrationOutcome> {
    const vm = this.#vms.get(name);
    if (!vm) throw new AttituneError('domain-not-found', `${this.name} has no VM ${name}.`);
    if (this.#moving.has(name)) throw new AttituneError('domain-state', `${name} is on its way already.`);
    const target = this.#hosts.get(to);
    if (!target || target.dead || this.dead) throw new AttituneError('host-unreachable', `${to} does not answer.`);
    const { actualFreeMemory } = await target.readings();
    if (actualFreeMemory < vm.memoryMiB) {
      const what = `${to} has ${Math.max(0, actualFreeMemory)} MiB of memory free`;
      throw new AttituneError('migration-refused', `${name} cannot be migrated to ${to}: ${what}.`);
    }
    const elapsedMs = Math.max(100, (1000 * vm.memoryMiB) / this.#mibPerSecond);
    this.#moving.add(name);
    target.#arriving.add(name);
    target.#arrivingMiB += vm.memoryMiB;
    try {
      await delay(this.#clock, elapsedMs, signal).catch((cause: unknown) => {
        throw new AttituneError('migration-aborted', `The migration of ${name} was aborted.`, { cause });
      });
      // either may have died meanwhile
      if ([this, target].some(({ dead }) => dead))
        throw new AttituneError('migration-failed', `${to} was lost while ${name} was on its way.`);
      this.#vms.delete(name);
      target.#vms.set(name, vm);
      target.arrivals += 1;
    } finally {
      this.#moving.delete(name);
      target.#arriving.delete(name);
      target.#arrivingMiB -= vm.memoryMiB;
    }
    return { mode: 'live', elapsedMs, downtimeMs: 50, transferredBytes: vm.memoryMiB * 1048576 };
  }

  /** There is nothing to redistribute: a VM of the model always gets what it wants. */
  adapt(): Promise<readonly string[]> {
    return Promise.resolve([]);
  }

  #gone(): AttituneError {
    return new AttituneError('host-unreachable', `${this.name} does not answer.`);
  }
}
