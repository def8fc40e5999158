import { delay, type Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { DomainEvent, DomainStatistics, Subscription } from '../model/hypervisor.js';
import type { HostAccess } from '../model/infrastructure.js';
import type { MigrationOutcome } from '../model/migration.js';
import type { PeerHost, PeerReadings, PeerVm } from '../model/peer.js';
import { LoadLag } from './load-lag.js';
import { LoadSource } from './load-source.js';
import { redistribute, type LocalChange } from './redistribute.js';
import { roundLoad } from './what-if.js';

export interface HypervisorPeerHostOptions {
  readonly host: Pick<HostAccess, 'name' | 'hypervisor' | 'executor' | 'usage' | 'cpuCapacity'>;
  readonly clock: Clock;
  /** See `PeerHost.migrate`: with pre-flight, in its turn, to where the other host is reached. */
  readonly migrate: PeerHost['migrate'];
  /** Over how long the CPU use of a VM is measured at least. 1 s unless told. */
  readonly sampleMs?: number;
}

/** The counter of a VM, from which its CPU use is told. */
interface Meter {
  readonly uuid: string;
  readonly at: number;
  readonly cpuSeconds: number;
  /** CPUs that it used; absent until it was seen twice. */
  readonly cpus?: number;
  /** What it adds to the load of the host. */
  readonly load?: number;
  /** The weight that was set here. */
  readonly weight?: number;
}

interface Look {
  readonly at: number;
  readonly readings: PeerReadings;
  readonly vms: readonly PeerVm[];
  readonly statistics: readonly DomainStatistics[];
}

/** What was read within this time is told again. */
const SAME_LOOK_MS = 250;
/** How often new VMs are waited for. */
const SECOND_LOOKS = 3;
/** A host that is used up to here keeps its VMs from what they want. */
const SATURATED = 0.9;

/**
 * A peer's machine: a host with a hypervisor, simulated, of a lab, or real. CPU use is the difference of two counters; a
 * VM that has only just come, or begun, is waited for until it was measured. Load averages are told as they come to with
 * the VMs that are here now ({@link LoadLag}).
 */
export class HypervisorPeerHost implements PeerHost {
  readonly name: string;
  readonly #options: HypervisorPeerHostOptions;
  readonly #sampleMs: number;
  readonly #loads: LoadSource;
  readonly #lag = new LoadLag();
  readonly #meters = new Map<string, Meter>();
  /** When each VM came or went, as events told. */
  readonly #passedAt = new Map<string, number>();
  #events: Promise<Subscription | undefined> | undefined;
  #began = false;
  #looking: Promise<Look> | undefined;
  #last: Look | undefined;

  constructor(options: HypervisorPeerHostOptions) {
    this.#options = options;
    this.name = options.host.name;
    this.#sampleMs = options.sampleMs ?? 1000;
    this.#loads = new LoadSource(options.host, options.clock);
  }

  async readings(): Promise<PeerReadings> {
    return (await this.#look()).readings;
  }

  async vms(): Promise<readonly PeerVm[]> {
    return (await this.#look()).vms;
  }

  async migrate(vm: string, to: string, signal: AbortSignal): Promise<MigrationOutcome> {
    return this.#options.migrate(vm, to, signal).finally(() => {
      this.#last = undefined;
    });
  }

  async migrating(vm: string): Promise<boolean> {
    const { hypervisor } = this.#options.host;
    if (!hypervisor.migrationOf) return false;
    try {
      return (await hypervisor.migrationOf(vm)) !== undefined;
    } catch (error) {
      if (AttituneError.is(error, 'domain-not-found')) return false;
      throw error;
    }
  }

  async adapt(): Promise<readonly string[]> {
    const { host } = this.#options;
    const { statistics, vms } = await this.#look();
    const loads = new Map(vms.map(({ name, load }) => [name, load]));
    const sharers = await Promise.all(
      statistics.map(async ({ name, uuid, vcpus, memoryMiB }) => {
        const { description } = await host.hypervisor.describe(name);
        const { cpus = 0, weight } = this.#meters.get(name) ?? {};
        const wants = Math.min(vcpus, loads.get(name) ?? cpus);
        const shared = { name, uuid, vcpus, memoryMiB, cpus, wants, maxVcpus: description.maxVcpus ?? vcpus };
        return weight === undefined ? shared : { ...shared, weight };
      }),
    );
    const done: string[] = [];
    for (const change of redistribute(sharers, host.cpuCapacity())) {
      const what = await this.#change(change);
      if (what !== undefined) done.push(what);
    }
    if (done.length > 0) this.#last = undefined;
    return done;
  }

  /** Ends what it hears of the hypervisor; the connection stays open. */
  async close(): Promise<void> {
    (await this.#events)?.unsubscribe();
  }

  /** What cannot be changed here stays as it is: the next level helps. */
  async #change(change: LocalChange): Promise<string | undefined> {
    const { hypervisor } = this.#options.host;
    const { vm } = change;
    try {
      if (change.kind === 'vcpus') {
        await hypervisor.scale(vm, { vcpus: change.to });
        return `${vm} on ${this.name} has ${change.to} instead of ${change.from} virtual CPUs`;
      }
      await hypervisor.setCpuWeight(vm, change.to);
      const meter = this.#meters.get(vm);
      if (meter) this.#meters.set(vm, { ...meter, weight: change.to });
      return `${vm} on ${this.name} has the CPU weight ${change.to}`;
    } catch (error) {
      if (AttituneError.is(error) && !error.retryable) return undefined;
      throw error;
    }
  }

  #look(): Promise<Look> {
    const { clock } = this.#options;
    if (this.#last && clock.now() - this.#last.at < SAME_LOOK_MS) return Promise.resolve(this.#last);
    this.#looking ??= this.#lookAnew().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #lookAnew(): Promise<Look> {
    const { clock } = this.#options;
    this.#events ??= this.#hear();
    await this.#events;
    let statistics = await this.#measure();
    let averages = await this.#loads.read();
    for (let time = 1; time <= SECOND_LOOKS && !(averages && this.#allMeasured(statistics)); time += 1) {
      await delay(clock, this.#sampleMs);
      statistics = await this.#measure();
      averages = (await this.#loads.read()) ?? averages;
    }
    if (!averages) throw new AttituneError('host-unreachable', `The load of ${this.name} could not be read.`);
    const memory = await this.#memory();
    const at = clock.now();
    const [one, five, fifteen] = averages;
    const measured = { cpuLoadOne: one, cpuLoadFive: five, cpuLoadFifteen: fifteen };
    const loadOf = (vm: string) => this.#meters.get(vm)?.load ?? this.#meters.get(vm)?.cpus;
    const settled = this.#lag.settled(measured, loadOf, at);
    this.#estimateLoads(settled.cpuLoadOne);
    const present = statistics.filter(({ name }) => this.#meters.get(name)?.load !== undefined);
    const readings = {
      cpuLoadOne: roundLoad(settled.cpuLoadOne),
      cpuLoadFive: roundLoad(settled.cpuLoadFive),
      cpuLoadFifteen: roundLoad(settled.cpuLoadFifteen),
      actualFreeMemory: memory.freeMiB,
      actualUsedMemory: Math.max(0, memory.totalMiB - memory.freeMiB),
      totalVmMemory: statistics.reduce((sum, { memoryMiB }) => sum + memoryMiB, 0),
      localVmCount: statistics.length,
      cpus: this.#options.host.cpuCapacity(),
    };
    const vms = present.map(({ name, memoryMiB, vcpus }) => {
      return { name, memoryMiB, vcpus, load: roundLoad(this.#meters.get(name)?.load ?? 0) };
    });
    return (this.#last = { at, readings, vms, statistics });
  }

  async #memory(): Promise<{ readonly totalMiB: number; readonly freeMiB: number }> {
    const { host } = this.#options;
    const usage = await host.usage?.();
    const { memoryTotalMiB: totalMiB, memoryUsedMiB } = usage ?? {};
    if (totalMiB === undefined || memoryUsedMiB === undefined) return host.hypervisor.nodeMemory();
    return { totalMiB, freeMiB: totalMiB - memoryUsedMiB };
  }

  #allMeasured(statistics: readonly DomainStatistics[]): boolean {
    return statistics.every(({ name }) => this.#meters.get(name)?.cpus !== undefined);
  }

  /** One call to the hypervisor; meters go on, begin, and end with their VMs. */
  async #measure(): Promise<readonly DomainStatistics[]> {
    const { clock, host } = this.#options;
    const all = await host.hypervisor.statistics();
    const at = clock.now();
    const here = new Map(all.map((one) => [one.name, one]));
    for (const [name, { uuid, load = 0 }] of this.#meters) {
      if (here.get(name)?.uuid === uuid) continue;
      this.#meters.delete(name);
      this.#lag.went(name, load, this.#passed(name, at));
    }
    for (const { name, uuid, cpuSeconds } of all) {
      const before = this.#meters.get(name);
      // counters restart with the VM
      if (!before || cpuSeconds < before.cpuSeconds) {
        if (!before && this.#began) this.#lag.came(name, this.#passed(name, at));
        this.#meters.set(name, { uuid, at, cpuSeconds });
        continue;
      }
      if (at - before.at < this.#sampleMs) continue;
      const cpus = ((cpuSeconds - before.cpuSeconds) * 1000) / (at - before.at);
      this.#meters.set(name, { ...before, at, cpuSeconds, cpus });
    }
    this.#began = true;
    return all;
  }

  /**
   * What each VM adds to the load of the host: what it uses, as long as there is enough for all. On a host without CPU
   * left it would use more if it could: then the load is divided among the VMs as the CPU is, each up to its vCPUs.
   */
  #estimateLoads(load: number): void {
    const used = [...this.#meters.values()].reduce((sum, { cpus = 0 }) => sum + cpus, 0);
    const saturated = used >= SATURATED * this.#options.host.cpuCapacity();
    const factor = saturated && used > 0 ? Math.max(1, load / used) : 1;
    for (const [name, meter] of this.#meters) {
      if (meter.cpus !== undefined) this.#meters.set(name, { ...meter, load: meter.cpus * factor });
    }
  }

  async #hear(): Promise<Subscription | undefined> {
    try {
      return await this.#options.host.hypervisor.onDomainEvent((event) => this.#heard(event));
    } catch (error) {
      // without events, what came and went is taken to have passed when it is seen
      if (AttituneError.is(error)) return undefined;
      throw error;
    }
  }

  #heard({ domain, kind }: DomainEvent): void {
    if (kind === 'started' || kind === 'resumed' || kind === 'stopped' || kind === 'crashed')
      this.#passedAt.set(domain, this.#options.clock.now());
  }

  #passed(vm: string, now: number): number {
    const at = this.#passedAt.get(vm) ?? now;
    this.#passedAt.delete(vm);
    return at;
  }
}
