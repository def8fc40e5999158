import type { Domain, DomainEvent, DomainEventKind, DomainState } from '../../core/model/hypervisor.js';

/** How a state that was found is told as an event, where none was heard. */
const KIND_OF: Readonly<Record<DomainState, DomainEventKind>> = {
  running: 'resumed',
  blocked: 'resumed',
  paused: 'suspended',
  shutdown: 'shutdown',
  shutoff: 'stopped',
  crashed: 'crashed',
  pmsuspended: 'pmsuspended',
  unknown: 'stopped',
};

const active = (domain: Domain | undefined) => domain !== undefined && !['shutoff', 'crashed'].includes(domain.state);

/** The events, with the detail `missed`, that lead from what a host was last known to have to what it has now. */
export function missedEvents(before: readonly Domain[], now: readonly Domain[]): readonly DomainEvent[] {
  const events: DomainEvent[] = [];
  const told = ({ name, uuid }: Domain, kind: DomainEventKind) =>
    events.push({ domain: name, uuid, kind, detail: 'missed' });
  for (const old of before) {
    const found = now.find(({ uuid }) => uuid === old.uuid);
    if (!active(found) && active(old)) told(old, 'stopped');
    if (old.persistent && found?.persistent !== true) told(old, 'undefined');
  }
  for (const found of now) {
    const old = before.find(({ uuid }) => uuid === found.uuid);
    if (found.persistent && old?.persistent !== true) told(found, 'defined');
    if (!active(found)) continue;
    if (!active(old)) told(found, 'started');
    if (old && active(old) ? KIND_OF[found.state] !== KIND_OF[old.state] : found.state === 'paused')
      told(found, KIND_OF[found.state]);
  }
  return events;
}
