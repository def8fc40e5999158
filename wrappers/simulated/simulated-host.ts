import { AttituneError } from '../../core/model/errors.js';
import type { DomainEvent } from '../../core/model/hypervisor.js';
import type { NodeUsage } from '../../core/model/infrastructure.js';
import { CpuShare } from './cpu-share.js';
import { LoadAverage } from './load-average.js';
import { SimulatedMachine } from './machine.js';
import { Processor } from './processor.js';
import type { SimulatedDomain } from './simulated-domain.js';
import type { World } from './world.js';

/** Memory that the host itself needs, in MiB. */
const HOST_OWN_MIB = 256;

/** A host: its CPU, its memory, its own software, and the domains on it. */
export class SimulatedHost {
  readonly name: string;
  readonly uri: string;
  readonly uuid: string;
  readonly address: string;
  readonly memoryMiB: number;
  /** CPUs that it is limited to once the deployment is up. */
  readonly limitCpus: number;
  readonly processor: Processor;
  readonly machine: SimulatedMachine;
  /** By name. */
  readonly domains = new Map<string, SimulatedDomain>();
  /** Domains on their way here, by name. */
  readonly incoming = new Map<string, SimulatedDomain>();
  readonly #world: World;
  readonly #load: LoadAverage;
  readonly #domainListeners = new Set<(event: DomainEvent) => void>();
  readonly #lossListeners = new Set<(reason: Error) => void>();

  constructor(
    world: World,
    description: {
      readonly name: string;
      readonly uri: string;
      readonly uuid: string;
      readonly address: string;
      readonly memoryMiB: number;
      readonly cpus: number;
    },
  ) {
    this.#world = world;
    this.name = description.name;
    this.uri = description.uri;
    this.uuid = description.uuid;
    this.address = description.address;
    this.memoryMiB = description.memoryMiB;
    this.limitCpus = description.cpus;
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
    this.#load = new LoadAverage(kernel.clock.now());
  }

  get reachable(): boolean {
    return this.machine.reachable;
  }
  /** Memory of the domains on it or on their way to it, in MiB. */
  get committedMiB(): number {
    let sum = 0;
    for (const domain of [...this.domains.values(), ...this.incoming.values()]) sum += domain.description.memoryMiB;
    return sum;
  }
  hasRoomFor(memoryMiB: number): boolean {
    return HOST_OWN_MIB + this.committedMiB + memoryMiB <= this.memoryMiB;
  }

  /** Throws `host-unreachable`. */
  assertReachable(): void {
    if (!this.reachable) throw this.unreachable();
  }
  unreachable(): AttituneError {
    return new AttituneError(
      'host-unreachable',
      `${this.name} (${this.uri}) does not answer; see whether it is up and its network works.`,
    );
  }

  /** Throws `domain-not-found`. */
  domain(name: string): SimulatedDomain {
    const found = this.domains.get(name);
    if (!found) throw new AttituneError('domain-not-found', `${this.name} has no domain "${name}".`);
    return found;
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
      load: this.#load.sample(kernel.now, this.processor.load),
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
    domain.interruptMigration?.(
      new AttituneError(
        'domain-died',
        `${domain.name} was ${detail === 'failed' ? 'lost' : detail} while it migrated from ${this.name}; it runs nowhere.`,
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
  onLoss(listener: (reason: Error) => void): () => void {
    this.#lossListeners.add(listener);
    return () => this.#lossListeners.delete(listener);
  }
  /** Tells those who listen, if they can hear it. */
  emit(event: DomainEvent | undefined): void {
    if (event && this.reachable) for (const listener of [...this.#domainListeners]) listener(event);
  }
  /** Tells every connection that it is lost. */
  emitLoss(): void {
    for (const listener of [...this.#lossListeners]) listener(this.unreachable());
  }
}
