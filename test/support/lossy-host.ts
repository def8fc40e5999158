import { delay, type Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type {
  ConnectionChange,
  Domain,
  DomainEvent,
  DomainEventKind,
  DomainState,
  Hypervisor,
  Subscription,
} from '../../core/model/hypervisor.js';

/** What can happen to a domain of a {@link LossyHost}. */
export const CHANGES = ['start', 'stop', 'crash', 'suspend', 'resume', 'define', 'undefine'] as const;
export type Change = (typeof CHANGES)[number];

/** How long the parts of a conversation take, in milliseconds. */
export interface Delays {
  /** From a call of `list` to the moment that it tells of. */
  readonly toReading: number;
  /** From there to its answer. */
  readonly toAnswer: number;
  /** From what happens to the event of it: where it is longer than `toAnswer`, events come late. */
  readonly toEvent: number;
}

interface Actual {
  readonly uuid: string;
  state: DomainState;
  persistent: boolean;
}

/**
 * A host whose daemon can be lost while its domains change. Its connections have the little of a hypervisor that keeping
 * one up needs: events in the order in which things happened, and the list.
 */
export class LossyHost {
  readonly #domains = new Map<string, Actual>();
  readonly #connections = new Set<Connection>();
  #uuids = 0;
  answers = true;
  connects = 0;

  constructor(
    private readonly clock: Clock,
    private readonly delays: Delays,
  ) {}

  get domains(): readonly Domain[] {
    return [...this.#domains].map(([name, { uuid, state, persistent }]) => ({ name, uuid, state, persistent }));
  }

  readonly connect = async (signal: AbortSignal): Promise<Hypervisor> => {
    this.connects += 1;
    await delay(this.clock, 1, signal);
    if (!this.answers) throw new AttituneError('host-unreachable', 'host1 does not answer.');
    const connection = new Connection(this, this.clock, this.delays, () => this.#connections.delete(connection));
    this.#connections.add(connection);
    return connection as unknown as Hypervisor;
  };

  /** All connections break. */
  lose(): void {
    for (const connection of [...this.#connections]) connection.break();
    this.#connections.clear();
  }

  /** What makes no sense in the domain's state is not done. */
  change(name: string, change: Change): void {
    const domain = this.#domains.get(name);
    if (!domain) {
      if (change !== 'start' && change !== 'define') return;
      const uuid = `${name}-${(this.#uuids += 1)}`;
      const made: Actual = { uuid, state: change === 'start' ? 'running' : 'shutoff', persistent: change === 'define' };
      this.#domains.set(name, made);
      this.#emit(name, uuid, change === 'start' ? 'started' : 'defined');
      return;
    }
    const { uuid, state } = domain;
    const off = state === 'shutoff';
    if (change === 'start' && off) this.#become(name, domain, 'running', 'started');
    if (change === 'suspend' && state === 'running') this.#become(name, domain, 'paused', 'suspended');
    if (change === 'resume' && state === 'paused') this.#become(name, domain, 'running', 'resumed');
    if (change === 'crash' && state === 'running') this.#become(name, domain, 'crashed', 'crashed');
    if (change === 'stop' && !off) {
      this.#become(name, domain, 'shutoff', 'stopped');
      if (!domain.persistent) this.#domains.delete(name);
    }
    if (change === 'define' && !domain.persistent) {
      domain.persistent = true;
      this.#emit(name, uuid, 'defined');
    }
    if (change === 'undefine' && domain.persistent) {
      domain.persistent = false;
      if (off) this.#domains.delete(name);
      this.#emit(name, uuid, 'undefined');
    }
  }

  #become(name: string, domain: Actual, state: DomainState, kind: DomainEventKind): void {
    domain.state = state;
    this.#emit(name, domain.uuid, kind);
  }

  #emit(domain: string, uuid: string, kind: DomainEventKind): void {
    const detail = kind === 'defined' ? 'added' : 'seen';
    for (const connection of this.#connections) connection.emit({ domain, uuid, kind, detail });
  }
}

class Connection {
  readonly #events = new Set<(event: DomainEvent) => void>();
  readonly #losses = new Set<(change: ConnectionChange) => void>();
  #broken: AttituneError | undefined;

  constructor(
    private readonly host: LossyHost,
    private readonly clock: Clock,
    private readonly delays: Delays,
    private readonly onClose: () => void,
  ) {}

  async list(): Promise<readonly Domain[]> {
    await this.#pass(this.delays.toReading);
    const { domains } = this.host;
    await this.#pass(this.delays.toAnswer);
    return domains;
  }

  /** A call that is never answered. */
  shutdown(): Promise<void> {
    return new Promise(() => undefined);
  }

  async onDomainEvent(listener: (event: DomainEvent) => void): Promise<Subscription> {
    this.#events.add(listener);
    await this.#pass(1);
    return { unsubscribe: () => void this.#events.delete(listener) };
  }
  onConnection(listener: (change: ConnectionChange) => void): Subscription {
    this.#losses.add(listener);
    return { unsubscribe: () => void this.#losses.delete(listener) };
  }
  close(): Promise<void> {
    this.onClose();
    this.#broken ??= new AttituneError('host-unreachable', 'closed');
    return Promise.resolve();
  }

  emit(event: DomainEvent): void {
    const listeners = [...this.#events];
    this.clock.setTimeout(() => {
      if (!this.#broken) for (const listener of listeners) listener(event);
    }, this.delays.toEvent);
  }
  break(): void {
    this.#broken = new AttituneError('host-unreachable', 'host1 closed the connection.');
    for (const listener of [...this.#losses]) listener({ connected: false, reason: this.#broken });
  }

  async #pass(ms: number): Promise<void> {
    await delay(this.clock, ms);
    if (this.#broken) throw this.#broken;
  }
}
