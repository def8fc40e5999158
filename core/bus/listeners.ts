import type { Topic, Topics } from '../model/bus.js';
import type { Subscription } from '../model/hypervisor.js';

/** Told of each error that a listener threw, with the topic it was listening to. */
export type ListenerErrorHandler = (error: unknown, topic: Topic) => void;

/** `from` is empty on a bus whose members have no names. */
export type TopicListener<T extends Topic> = (message: Topics[T], from: string) => void;

type Listener = (message: never, from: string) => void;
type Entry = { readonly call: Listener };

/** Makes the error visible as a warning of the process, for a bus whose owner gave no handler. */
export function warnOfListener(error: unknown, topic: string): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`a listener of "${topic}" failed: ${text}`, 'AttituneBusWarning');
}

/**
 * The listeners of one process. A message reaches them before `deliver` returns, except where a listener itself causes
 * the next one: that waits until the current one has reached everybody, so that all listeners of all topics see one and
 * the same order. A listener that throws is reported; neither the other listeners nor the publisher notice.
 */
export class Listeners {
  readonly #onError: ListenerErrorHandler;
  readonly #listeners = new Map<Topic, Set<Entry>>();
  #queue: { readonly topic: Topic; readonly message: unknown; readonly from: string }[] = [];
  #delivering = false;

  constructor(onError: ListenerErrorHandler = warnOfListener) {
    this.#onError = onError;
  }

  /** Whether anybody listens to the topic. */
  has(topic: Topic): boolean {
    return this.#listeners.has(topic);
  }

  deliver(topic: Topic, message: unknown, from: string): void {
    if (this.#delivering) {
      this.#queue.push({ topic, message, from });
      return;
    }
    this.#delivering = true;
    try {
      this.#tell(topic, message, from);
      while (this.#queue.length > 0) {
        const queued = this.#queue;
        this.#queue = [];
        for (const next of queued) this.#tell(next.topic, next.message, next.from);
      }
    } finally {
      this.#delivering = false;
    }
  }

  /** The same function may be added twice; each subscription ends by itself. `onLast`: nobody listens to it any more. */
  add<T extends Topic>(topic: T, listener: TopicListener<T>, onLast: () => void = () => undefined): Subscription {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    const entry = { call: listener as Listener };
    listeners.add(entry);
    return {
      unsubscribe: () => {
        if (!listeners.delete(entry) || listeners.size > 0 || this.#listeners.get(topic) !== listeners) return;
        this.#listeners.delete(topic);
        onLast();
      },
    };
  }

  #tell(topic: Topic, message: unknown, from: string): void {
    const listeners = this.#listeners.get(topic);
    if (!listeners) return;
    // a copy, since listeners come and go meanwhile; one alone needs none
    for (const entry of listeners.size === 1
      ? [(listeners.values().next() as { value: Entry }).value]
      : [...listeners]) {
      // one that was unsubscribed by a listener before it must not hear this message any more
      if (!listeners.has(entry)) continue;
      try {
        entry.call(message as never, from);
      } catch (error) {
        this.#report(error, topic);
      }
    }
  }

  #report(error: unknown, topic: Topic): void {
    try {
      this.#onError(error, topic);
    } catch (second) {
      warnOfListener(error, topic);
      warnOfListener(second, topic);
    }
  }
}
