import type {
  Domain,
  DomainDescription,
  DomainEvent,
  DomainEventKind,
  DomainSize,
  DomainState,
  MigrationProgress,
} from '../../core/model/hypervisor.js';
import type { AttituneError } from '../../core/model/errors.js';
import { maximumOf } from './definition.js';
import type { SimulatedMachine } from './machine.js';
import type { Processor } from './processor.js';

/** What a domain needs of the host that it is on. */
export interface DomainHome {
  readonly name: string;
  readonly processor: Processor;
  readonly machine: SimulatedMachine;
  readonly domains: Map<string, SimulatedDomain>;
  readonly definitions: ReadonlyMap<string, unknown>;
  emit(event: DomainEvent): void;
  /** Ends a domain. */
  remove(domain: SimulatedDomain, detail: 'destroyed' | 'shutdown' | 'crashed' | 'failed'): void;
}

/** The live migration of a domain. */
export interface MigrationUnderWay {
  readonly progress: MigrationProgress;
  /** Ends it before its time. */
  interrupt(reason: AttituneError): void;
  /** One of its hosts is cut off, or only the daemon there. */
  hostLost(host: string, daemonOnly: boolean): void;
}

/** A virtual machine: what a hypervisor knows of it, and the machine inside. */
export class SimulatedDomain {
  /** What it was started with. */
  readonly description: DomainDescription;
  readonly uuid: string;
  /** The CPU model that it sees: a host that is to take it must have it. */
  readonly cpuModel: string;
  readonly guest: SimulatedMachine;
  host: DomainHome;
  /** When the guest agent begins to answer, in milliseconds since the epoch. */
  agentFrom: number;
  /** A fault: the guest agent does not answer. */
  agentSilent = false;
  migration: MigrationUnderWay | undefined;
  /** It shuts down on request, once it is up. */
  shuttingDown = false;
  /** CPU time that was used on former hosts, in seconds. */
  #usedElsewhere = 0;
  #size: DomainSize;
  #suspended = false;
  #frozen = false;
  #off = false;

  constructor(given: {
    readonly description: DomainDescription;
    readonly uuid: string;
    readonly cpuModel: string;
    readonly guest: SimulatedMachine;
    readonly host: DomainHome;
    readonly agentFrom: number;
  }) {
    this.description = given.description;
    this.uuid = given.uuid;
    this.cpuModel = given.cpuModel;
    this.guest = given.guest;
    this.host = given.host;
    this.agentFrom = given.agentFrom;
    this.#size = { vcpus: given.description.vcpus, memoryMiB: given.description.memoryMiB };
  }

  get name(): string {
    return this.description.name;
  }
  get state(): DomainState {
    if (this.#off) return 'shutoff';
    return this.#suspended || this.#frozen ? 'paused' : 'running';
  }
  get running(): boolean {
    return !this.#off;
  }
  get suspended(): boolean {
    return this.#suspended;
  }
  /** CPU time on its present host, in seconds. */
  get cpuSeconds(): number {
    return this.guest.usedSeconds() - this.#usedElsewhere;
  }

  /** What it has now. */
  get size(): DomainSize {
    return this.#size;
  }
  get maximum(): DomainSize {
    return maximumOf(this.description);
  }
  scale(size: DomainSize): void {
    this.#size = size;
    this.guest.change(() => {
      this.guest.share.cpus = size.vcpus;
    });
  }

  asDomain(): Domain {
    const { name, uuid, state } = this;
    return { name, uuid, state, persistent: this.host.definitions.has(name) };
  }
  event(kind: DomainEventKind, detail: string): DomainEvent {
    return { domain: this.name, uuid: this.uuid, kind, detail };
  }

  /** Suspended by an administrator. */
  suspend(suspended: boolean): void {
    this.#suspended = suspended;
    this.guest.pause(this.#suspended || this.#frozen);
  }
  /** Stands still for the last round of a migration. */
  freeze(frozen: boolean): void {
    this.#frozen = frozen;
    this.guest.pause(this.#suspended || this.#frozen);
  }
  moveTo(host: DomainHome): void {
    this.guest.moveTo(host.processor);
    this.#usedElsewhere = this.guest.usedSeconds();
    this.host = host;
    this.guest.linked = host.machine.networked;
  }
  powerOff(): void {
    this.#off = true;
    this.guest.powerOff();
  }
}
