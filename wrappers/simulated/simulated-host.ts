import { AttituneError } from '../../core/model/errors.js';
import type { ConnectionChange, Domain, DomainEvent, HostNetwork } from '../../core/model/hypervisor.js';
import type { NodeUsage } from '../../core/model/infrastructure.js';
import { CpuShare } from './cpu-share.js';
import type { Definition } from './definition.js';
import { SimulatedMachine } from './machine.js';
import { missedEvents } from './missed-events.js';
import { Processor } from './processor.js';
import type { SimulatedDomain } from './simulated-domain.js';
import type { SimulatedPool } from './storage-model.js';
import type { World } from './world.js';

/** What a host of the simulation is like. */
export interface HostDescription {
  readonly name: string;
  readonly uri: string;
  readonly uuid: string;
  readonly address: string;
  readonly memoryMiB: number;
  readonly cpus: number;
  readonly cpuModel: string;
  /** Hosts of the same word share their storage. */
  readonly sharing: string;
  readonly networks: readonly HostNetwork[];
  readonly bootMs: number;
}

/** Memory that the host itself needs, in MiB. */
const HOST_OWN_MIB = 256;

/** A host: its CPU, its memory, its own software, and the domains on it. */
export class SimulatedHost {
  readonly name: string;
  readonly uri: string;
  readonly uuid: string;
  readonly address: string;
  readonly memoryMiB: number;
  readonly cpuModel: string;
  /** Hosts of the same word share their storage. */
  readonly sharing: string;
  readonly networks: readonly HostNetwork[];
  /** Storage pools by name. */
  readonly pools = new Map<string, SimulatedPool>();
  /** CPUs that it is limited to once the deployment is up. */
  readonly limitCpus: number;
  /** From the moment in which it is switched on until its hypervisor answers. */
  readonly bootMs: number;
  readonly processor: Processor;
  readonly machine: SimulatedMachine;
  /** Those that run or are paused, by name. */
  readonly domains = new Map<string, SimulatedDomain>();
  /** Persistent domains by name, whether they run or not. */
  readonly definitions = new Map<string, Definition>();
  /** Domains on their way here, by name. */
  readonly incoming = new Map<string, SimulatedDomain>();
  /** Domains that run elsewhere already and still fetch pages from here, by name. */
  readonly outgoing = new Map<string, SimulatedDomain>();
  readonly #world: World;
  readonly #domainListeners = new Set<(event: DomainEvent) => void>();
  readonly #connectionListeners = new Set<(change: ConnectionChange) => void>();
  #daemonRuns = true;
  /** What connections last knew of, while they are lost. */
  #lastKnown: readonly Domain[] | undefined;

  constructor(world: World, description: HostDescription) {
    this.#world = world;
    this.name = description.name;
    this.uri = description.uri;
    this.uuid = description.uuid;
    this.address = description.address;
    this.memoryMiB = description.memoryMiB;
    this.cpuModel = description.cpuModel;
    this.sharing = description.sharing;
    this.networks = description.networks;
    this.limitCpus = description.cpus;
    this.bootMs = description.bootMs;
    const { kernel, random, settings } = world;
    this.processor = new Processor(Math.max(description.cpus, settings.physicalCpus), kernel.clock.now());
    kernel.attach(this.processor);
    const share = new CpuShare(this.name, Infinity);
    this.machine = new SimulatedMachine({
      name: this.name,
      address: this.address,
      kernel,
      random,
      share,
      processor: this.processor,
    });
  }

  get reachable(): boolean {
    return this.machine.reachable;
  }
  /** Whether the hypervisor's daemon can be reached. */
  get connected(): boolean {
    return this.reachable && this.#daemonRuns;
  }
  /** Memory of the domains on it or on their way to it, in MiB. */
  get committedMiB(): number {
    let sum = 0;
    for (const domain of [...this.domains.values(), ...this.incoming.values()]) sum += domain.size.memoryMiB;
    return sum;
  }
  get freeMiB(): number {
    return Math.max(0, this.memoryMiB - HOST_OWN_MIB - this.committedMiB);
  }
  hasRoomFor(memoryMiB: number): boolean {
    return HOST_OWN_MIB + this.committedMiB + memoryMiB <= this.memoryMiB;
  }

  /** Throws `host-unreachable`. */
  assertReachable(): void {
    if (!this.reachable) throw this.unreachable();
  }
  /** Throws `host-unreachable` where the host or its hypervisor's daemon does not answer. */
  assertConnected(): void {
    if (!this.connected) throw this.unreachable();
  }
  unreachable(): AttituneError {
    const look = this.reachable ? 'whether libvirtd runs there' : 'whether it is up and its network works';
    return new AttituneError('host-unreachable', `${this.name} (${this.uri}) does not answer; see ${look}.`);
  }

  /** The domain of that name that runs here, is on its way here, or still fetches pages from here. */
  active(name: string): SimulatedDomain | undefined {
    return this.domains.get(name) ?? this.incoming.get(name) ?? this.outgoing.get(name);
  }
  /** The domain that runs or is paused. Throws `domain-not-found`, or `domain-state` for one that does not run. */
  domain(name: string): SimulatedDomain {
    const found = this.domains.get(name);
    if (found) return found;
    if (this.definitions.has(name) || this.active(name))
      throw new AttituneError('domain-state', `${name} does not run on ${this.name} now.`);
    throw this.unknown(name);
  }
  /** Throws `domain-not-found`, or `domain-state` for a transient one. */
  definition(name: string, participle: string): Definition {
    const found = this.definitions.get(name);
    if (found) return found;
    if (!this.domains.has(name)) throw this.unknown(name);
    throw new AttituneError('domain-state', `${name} on ${this.name} is transient: it cannot be ${participle}.`);
  }
  unknown(name: string): AttituneError {
    return new AttituneError('domain-not-found', `${this.name} has no domain "${name}".`);
  }

  /** All domains as libvirt lists them: a guest that is on its way here is there, but does not run. */
  list(): readonly Domain[] {
    const paused = (domain: SimulatedDomain) => ({
      ...domain.asDomain(),
      state: 'paused' as const,
      persistent: this.definitions.has(domain.name),
    });
    const active = [
      ...[...this.domains.values()].map((domain) => domain.asDomain()),
      ...[...this.incoming.values(), ...this.outgoing.values()].map(paused),
    ];
    const names = new Set(active.map(({ name }) => name));
    const off = [...this.definitions].filter(([name]) => !names.has(name));
    return [...active, ...off.map(([name, { uuid }]) => ({ name, uuid, state: 'shutoff' as const, persistent: true }))];
  }

  usage(): NodeUsage {
    const { kernel } = this.#world;
    kernel.catchUp();
    return {
      at: kernel.now,
      cpuBusySeconds: this.processor.busySeconds,
      cpuCapacity: this.processor.capacity,
      memoryUsedMiB: HOST_OWN_MIB + this.committedMiB,
      memoryTotalMiB: this.memoryMiB,
      load: this.processor.loadAverages,
    };
  }

  /** Limits the CPU to what the host is meant to have. */
  limit(): void {
    const { kernel } = this.#world;
    kernel.catchUp();
    this.processor.setCapacity(kernel.now, this.limitCpus);
    kernel.wake();
  }

  /** Ends a domain on it, and tells. */
  remove(domain: SimulatedDomain, detail: 'destroyed' | 'shutdown' | 'crashed' | 'failed'): void {
    const what = detail === 'failed' ? 'lost' : detail;
    domain.migration?.interrupt(
      new AttituneError(
        'domain-died',
        `${domain.name} was ${what} on ${this.name} while it migrated; it runs nowhere.`,
      ),
    );
    this.domains.delete(domain.name);
    this.#world.network.detach(domain.guest);
    domain.powerOff();
    this.emit(detail === 'crashed' ? domain.event('crashed', 'panicked') : undefined);
    this.emit(domain.event('stopped', detail));
  }

  onDomainEvent(listener: (event: DomainEvent) => void): () => void {
    this.#domainListeners.add(listener);
    return () => this.#domainListeners.delete(listener);
  }
  onConnection(listener: (change: ConnectionChange) => void): () => void {
    this.#connectionListeners.add(listener);
    return () => this.#connectionListeners.delete(listener);
  }
  /** Tells those who listen, if they can hear it. */
  emit(event: DomainEvent | undefined): void {
    if (event && this.connected && !this.#lastKnown) for (const listener of [...this.#domainListeners]) listener(event);
  }

  /** Something changes that cuts connections off, or lets them come back: they are told of it, and of what they missed. */
  reconnect(change: () => void): void {
    const before = this.connected;
    const known = this.#lastKnown ?? this.list();
    change();
    this.#lastKnown = this.connected ? undefined : known;
    if (before === this.connected) return;
    if (before) {
      this.#tell({ connected: false, reason: this.unreachable() });
    } else {
      for (const event of missedEvents(known, this.list())) this.emit(event);
      this.#tell({ connected: true });
    }
  }
  setDaemon(runs: boolean): void {
    this.#daemonRuns = runs;
  }

  #tell(change: ConnectionChange): void {
    for (const listener of [...this.#connectionListeners]) listener(change);
  }
}
