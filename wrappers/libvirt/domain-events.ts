/**
 * Events of domains: libvirt's numbers as names. Sources: `virDomainEventType` with its details,
 * `virDomainEventID` and `virConnectDomainEventAgentLifecycleState` in `libvirt-domain.h`.
 */
import type { DomainEvent, DomainEventKind, Subscription } from '../../core/model/hypervisor.js';
import { virDomainEventID } from './constants.js';
import { EventRegistration } from './event-registration.js';
import type { RpcConnection } from './rpc/connection.js';
import type { Infer } from './rpc/xdr.js';
import { remoteEvents } from './rpc/procedures.js';

/** Each kind of event at the place of its number, with its details at theirs. */
const EVENTS: readonly (readonly [DomainEventKind, readonly string[]])[] = [
  ['defined', ['added', 'updated', 'renamed', 'from-snapshot']],
  ['undefined', ['removed', 'renamed']],
  ['started', ['booted', 'migrated', 'restored', 'from-snapshot', 'wakeup', 'recreated']],
  [
    'suspended',
    [
      'paused',
      'migrated',
      'ioerror',
      'watchdog',
      'restored',
      'from-snapshot',
      'api-error',
      'postcopy',
      'postcopy-failed',
    ],
  ],
  ['resumed', ['unpaused', 'migrated', 'from-snapshot', 'postcopy', 'postcopy-failed']],
  ['stopped', ['shutdown', 'destroyed', 'crashed', 'migrated', 'saved', 'failed', 'from-snapshot', 'recreated']],
  ['shutdown', ['finished', 'guest', 'host']],
  ['pmsuspended', ['memory', 'disk']],
  ['crashed', ['panicked', 'crashloaded']],
];

export type LifecycleMessage = Infer<(typeof remoteEvents.domainEventCallbackLifecycle)['message']>;

/** The event of a message; `undefined` for a kind that libvirt may have added since. */
export function readLifecycleEvent({ dom, event, detail }: LifecycleMessage): DomainEvent | undefined {
  const known = EVENTS[event];
  if (!known) return undefined;
  const [kind, details] = known;
  return { domain: dom.name, uuid: dom.uuid, kind, detail: details[detail] ?? String(detail) };
}

/** The guest agent of a domain came or went. */
export interface AgentState {
  readonly domain: string;
  readonly uuid: string;
  readonly connected: boolean;
  /** `domain-started`, `channel` (the guest opened or closed it), or `unknown`. */
  readonly reason: string;
}

/** A migration began a round of pre-copy; the first is 1. */
export interface MigrationIteration {
  readonly domain: string;
  readonly uuid: string;
  readonly iteration: number;
}

const AGENT_CONNECTED = 1;
const AGENT_REASONS = ['unknown', 'domain-started', 'channel'];

/** The kinds of events of one connection; each is registered with the daemon while anyone listens to it. */
export class DomainEvents {
  readonly completedJobs;
  readonly #lifecycle;
  readonly #reboots;
  readonly #agents;
  readonly #iterations;

  constructor(connection: RpcConnection) {
    const ID = virDomainEventID;
    const {
      domainEventCallbackLifecycle,
      domainEventCallbackReboot,
      domainEventCallbackAgentLifecycle,
      domainEventCallbackMigrationIteration,
      domainEventCallbackJobCompleted,
    } = remoteEvents;
    this.#lifecycle = new EventRegistration(connection, ID.VIR_DOMAIN_EVENT_ID_LIFECYCLE, domainEventCallbackLifecycle);
    this.#reboots = new EventRegistration(connection, ID.VIR_DOMAIN_EVENT_ID_REBOOT, domainEventCallbackReboot);
    this.#agents = new EventRegistration(
      connection,
      ID.VIR_DOMAIN_EVENT_ID_AGENT_LIFECYCLE,
      domainEventCallbackAgentLifecycle,
    );
    this.#iterations = new EventRegistration(
      connection,
      ID.VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION,
      domainEventCallbackMigrationIteration,
    );
    this.completedJobs = new EventRegistration(
      connection,
      ID.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED,
      domainEventCallbackJobCompleted,
    );
  }

  onLifecycle(listener: (event: DomainEvent) => void): Promise<Subscription> {
    return this.#lifecycle.subscribe((message) => {
      const event = readLifecycleEvent(message);
      if (event) listener(event);
    });
  }

  onReboot(listener: (domain: { readonly domain: string; readonly uuid: string }) => void): Promise<Subscription> {
    return this.#reboots.subscribe(({ dom }) => listener({ domain: dom.name, uuid: dom.uuid }));
  }

  onAgentState(listener: (state: AgentState) => void): Promise<Subscription> {
    return this.#agents.subscribe(({ dom, state, reason }) =>
      listener({
        domain: dom.name,
        uuid: dom.uuid,
        connected: state === AGENT_CONNECTED,
        reason: AGENT_REASONS[reason] ?? 'unknown',
      }),
    );
  }

  onMigrationIteration(listener: (iteration: MigrationIteration) => void): Promise<Subscription> {
    return this.#iterations.subscribe(({ dom, iteration }) =>
      listener({ domain: dom.name, uuid: dom.uuid, iteration }),
    );
  }
}
