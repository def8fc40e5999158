/**
 * `core/bus`: publish and subscribe between the parts of one manager. The console, the journal and the tests listen
 * here; none of them can hold up the loop. The bus of one process is in memory; a bus across hosts implements the same
 * `Bus` of `core/model/bus.ts` and passes `test/contract/bus.contract.ts`.
 */
import type { Bus, Topic, Topics } from '../model/bus.js';
import type { Subscription } from '../model/hypervisor.js';

/** Told of each error that a listener threw, with the topic it was listening to. */
export type ListenerErrorHandler = (error: unknown, topic: Topic) => void;

type Listener = (message: never) => void;

/** Makes the error visible as a warning of the process, for a bus whose owner gave no handler. */
function warn(error: unknown, topic: Topic): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(`a listener of "${topic}" failed: ${text}`, 'AttituneBusWarning');
}

/**
 * Delivers before `publish` returns, except where a listener itself publishes: that message waits until the current one
 * has reached everybody, so that all listeners of all topics see one and the same order. A listener that throws is
 * reported to `onError`; neither the other listeners nor the publisher notice.
 */
export class MemoryBus implements Bus {
  readonly #onError: ListenerErrorHandler;
  readonly #listeners = new Map<Topic, Set<{ readonly call: Listener }>>();
  readonly #queue: { readonly topic: Topic; readonly message: unknown }[] = [];
  #delivering = false;

  constructor(onError: ListenerErrorHandler = warn) {
    this.#onError = onError;
  }

  publish<T extends Topic>(topic: T, message: Topics[T]): void {
    this.#queue.push({ topic, message });
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#deliver(next.topic, next.message);
    } finally {
      this.#delivering = false;
    }
  }

  /** The same function may subscribe twice; each subscription ends by itself. */
  subscribe<T extends Topic>(topic: T, listener: (message: Topics[T]) => void): Subscription {
    const listeners = this.#listeners.get(topic) ?? new Set();
    this.#listeners.set(topic, listeners);
    const entry = { call: listener as Listener };
    listeners.add(entry);
    return { unsubscribe: () => void listeners.delete(entry) };
  }

  #deliver(topic: Topic, message: unknown): void {
    const listeners = this.#listeners.get(topic);
    if (!listeners) return;
    for (const entry of [...listeners]) {
      // one that was unsubscribed by a listener before it must not hear this message any more
      if (!listeners.has(entry)) continue;
      try {
        entry.call(message as never);
      } catch (error) {
        this.#report(error, topic);
      }
    }
  }

  #report(error: unknown, topic: Topic): void {
    try {
      this.#onError(error, topic);
    } catch (second) {
      warn(error, topic);
      warn(second, topic);
    }
  }
}
