import type { Clock, TimerHandle } from '../../model/clock.js';

/** A clock that knows whether a timer is still to come: a chart without one, and without events, does nothing more. */
export class CountingClock implements Clock {
  readonly #pending = new Set<object>();

  constructor(private readonly inner: Clock) {}

  get pending(): number {
    return this.#pending.size;
  }
  now(): number {
    return this.inner.now();
  }
  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const handle: { timer?: TimerHandle } = {};
    this.#pending.add(handle);
    handle.timer = this.inner.setTimeout(() => {
      this.#pending.delete(handle);
      callback();
    }, delayMs);
    return handle;
  }
  clearTimeout(handle: TimerHandle): void {
    if (typeof handle !== 'object' || handle === null || !this.#pending.delete(handle)) return;
    this.inner.clearTimeout((handle as { timer?: TimerHandle }).timer);
  }
}
