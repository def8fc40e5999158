import { Heap } from './heap.js';

/** Time as a dependency, so that everything also runs in simulated time. The shape is a superset of XState's `Clock`. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  setTimeout(callback: () => void, delayMs: number): TimerHandle;
  clearTimeout(handle: TimerHandle): void;
}

/** What `setTimeout` returned; opaque, and possibly `undefined` for none. */
export type TimerHandle = unknown;

/** The clock of the machine. */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }
  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    return setTimeout(callback, delayMs);
  }
  clearTimeout(handle: TimerHandle): void {
    clearTimeout(handle as NodeJS.Timeout | undefined);
  }
}

interface SimulatedTimer {
  readonly id: number;
  readonly dueAt: number;
  readonly callback: () => void;
}

/** Below so many timers that were cleared it is not worth the while to take them out. */
const FEW_CLEARED = 64;

/** How long a simulation waits for a timer to be set before it gives up, in real time. */
const STANDSTILL_MS = 5000;

/**
 * A clock that stands still until it is told to go on. Timers fire in the order of their due times (then of their
 * creation), and after each the pending promises are let run, so that asynchronous code sees every instant in turn.
 */
export class SimulatedClock implements Clock {
  #now: number;
  #nextId = 1;
  /** Those that are set. */
  readonly #timers = new Map<number, SimulatedTimer>();
  /** The next one first; those that were cleared are still in it until they come up, or are too many. */
  readonly #order = new Heap<SimulatedTimer>((a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.id < b.id));

  constructor(startMs = 0) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  setTimeout(callback: () => void, delayMs: number): TimerHandle {
    const id = this.#nextId++;
    const timer = { id, dueAt: this.#now + Math.max(0, delayMs || 0), callback };
    this.#timers.set(id, timer);
    this.#order.push(timer);
    return id;
  }

  clearTimeout(handle: TimerHandle): void {
    if (typeof handle !== 'number' || !this.#timers.delete(handle)) return;
    const cleared = this.#order.size - this.#timers.size;
    if (cleared > FEW_CLEARED && cleared > this.#timers.size) this.#order.removeAll(({ id }) => !this.#timers.has(id));
  }

  /** When the next timer is due, or `undefined` if none is set. */
  get nextDueAt(): number | undefined {
    return this.#earliest()?.dueAt;
  }

  /** When each timer that is set is due, the next one first. */
  get dueAts(): readonly number[] {
    return [...this.#timers.values()].map(({ dueAt }) => dueAt).sort((a, b) => a - b);
  }

  /** Goes forward by `ms`, firing what falls due on the way. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let timer = this.#earliest(); timer && timer.dueAt <= until; timer = this.#earliest()) {
      this.#timers.delete(timer.id);
      this.#now = Math.max(this.#now, timer.dueAt);
      timer.callback();
      await settle();
    }
    this.#now = until;
  }

  /**
   * Goes forward until `promise` settles, at `speed` times real time (`Infinity`: as fast as it goes).
   * Rejects if no timer is set and the promise is still pending: then nothing could ever settle it.
   */
  async runUntil<T>(promise: Promise<T>, speed = Infinity): Promise<T> {
    let settled = false;
    const mark = () => {
      settled = true;
    };
    promise.then(mark, mark);
    const realStart = Date.now();
    const simulatedStart = this.#now;
    await settle();
    let idleSince = Infinity;
    while (!settled) {
      const due = this.nextDueAt;
      if (due === undefined) {
        idleSince = Math.min(idleSince, Date.now());
        // real input and output, such as a file that is being read, may still set a timer
        if (Date.now() - idleSince > STANDSTILL_MS)
          throw new Error('simulated time stands still: a promise is pending and no timer is set');
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      idleSince = Infinity;
      if (speed !== Infinity) {
        const wait = realStart + (due - simulatedStart) / speed - Date.now();
        if (wait > 1) await new Promise((resolve) => setTimeout(resolve, wait));
      }
      await this.advance(Math.max(0, due - this.#now));
    }
    return promise;
  }

  #earliest(): SimulatedTimer | undefined {
    for (;;) {
      const next = this.#order.peek();
      if (!next || this.#timers.has(next.id)) return next;
      this.#order.pop();
    }
  }
}

/** Lets pending promise reactions and immediates run. */
async function settle(): Promise<void> {
  for (let round = 0; round < 3; round += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves after `ms` on `clock`; rejects with the signal's reason when it is aborted first. */
export function delay(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    const onAbort = () => {
      clock.clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = clock.setTimeout(() => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    }, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}
