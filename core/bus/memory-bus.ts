import type { Bus, Topic, Topics } from '../model/bus.js';
import type { Subscription } from '../model/hypervisor.js';
import { Listeners, type ListenerErrorHandler } from './listeners.js';

export type { ListenerErrorHandler } from './listeners.js';

/**
 * The bus between the parts of one process: the console, the journal and the tests listen here; none of them can hold up
 * the loop. Delivers before `publish` returns, in one order for all: see {@link Listeners}.
 */
export class MemoryBus implements Bus {
  readonly #listeners: Listeners;

  constructor(onError?: ListenerErrorHandler) {
    this.#listeners = new Listeners(onError);
  }

  publish<T extends Topic>(topic: T, message: Topics[T]): void {
    this.#listeners.deliver(topic, message, '');
  }

  /** The same function may subscribe twice; each subscription ends by itself. */
  subscribe<T extends Topic>(topic: T, listener: (message: Topics[T]) => void): Subscription {
    return this.#listeners.add(topic, listener);
  }
}
