import type {
  Domain,
  DomainDescription,
  DomainEvent,
  DomainEventKind,
  DomainState,
} from '../../core/model/hypervisor.js';
import type { AttituneError } from '../../core/model/errors.js';
import type { SimulatedMachine } from './machine.js';
import type { Processor } from './processor.js';

/** What a domain needs of the host that it is on. */
export interface DomainHome {
  readonly name: string;
  readonly processor: Processor;
  readonly machine: SimulatedMachine;
  readonly domains: Map<string, SimulatedDomain>;
  emit(event: DomainEvent): void;
  /** Ends a domain. */
  remove(domain: SimulatedDomain, detail: 'destroyed' | 'shutdown' | 'crashed' | 'failed'): void;
}

/** A virtual machine: what a hypervisor knows of it, and the machine inside. */
export class SimulatedDomain {
  readonly description: DomainDescription;
  readonly uuid: string;
  readonly guest: SimulatedMachine;
  host: DomainHome;
  /** When the guest agent begins to answer, in milliseconds since the epoch. */
  agentFrom: number;
  /** A fault: the guest agent does not answer. */
  agentSilent = false;
  /** Called with what ends its migration before its time; `undefined` while it does not migrate. */
  interruptMigration: ((reason: AttituneError) => void) | undefined;
  /** It shuts down on request, once it is up. */
  shuttingDown = false;
  /** CPU time that was used on former hosts, in seconds. */
  #usedElsewhere = 0;
  #suspended = false;
  #frozen = false;
  #off = false;

  constructor(
    description: DomainDescription,
    uuid: string,
    guest: SimulatedMachine,
    host: DomainHome,
    agentFrom: number,
  ) {
    this.description = description;
    this.uuid = uuid;
    this.guest = guest;
    this.host = host;
    this.agentFrom = agentFrom;
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

  asDomain(): Domain {
    return { name: this.name, uuid: this.uuid, state: this.state };
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
