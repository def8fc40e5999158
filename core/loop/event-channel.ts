import type { AdministrationEvent } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import type { Journal } from './journal.js';

/** An event before it has a number and a time. */
export interface EventNotice {
  readonly name: string;
  readonly component: string;
  readonly arg?: string;
  readonly why: string;
  readonly since?: number;
  /** The journal entry that led to it. */
  readonly cause?: number;
}

export type EventHandler = (event: AdministrationEvent, journalId: number) => void;

/** The one way in for everything that happens: numbers it, writes it down, publishes it, and hands it to the diagrams. */
export class EventChannel {
  /** They go on where the journal's end: each event has an entry, so none is used twice in one store. */
  #nextId: number;
  readonly #handlers: EventHandler[] = [];

  constructor(
    private readonly clock: Clock,
    private readonly bus: Bus,
    private readonly journal: Journal,
  ) {
    this.#nextId = journal.lastId + 1;
  }

  onEvent(handler: EventHandler): void {
    this.#handlers.push(handler);
  }

  raise(notice: EventNotice): AdministrationEvent {
    const { cause, ...rest } = notice;
    const event: AdministrationEvent = { id: this.#nextId++, at: this.clock.now(), ...rest };
    const arg = event.arg === undefined ? '' : ` (${event.arg})`;
    const entry = this.journal.append('event', event.component, `${event.name}${arg}: ${event.why}`, {
      cause,
      data: { event },
    });
    this.bus.publish('event', event);
    for (const handler of this.#handlers) handler(event, entry.id);
    return event;
  }
}
