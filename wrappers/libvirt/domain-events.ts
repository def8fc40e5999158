/** Life-cycle events: libvirt's numbers as names. Source: `virDomainEventType` and its details in `libvirt-domain.h`. */
import type { DomainEvent, DomainEventKind } from '../../core/model/hypervisor.js';
import type { Infer } from './rpc/xdr.js';
import type { remoteEvents } from './rpc/procedures.js';

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
