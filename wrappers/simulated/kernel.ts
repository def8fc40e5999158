import type { Clock, TimerHandle } from '../../core/model/clock.js';
import type { CpuJob, CpuShare } from './cpu-share.js';
import { Heap } from '../../core/model/heap.js';
import type { Processor } from './processor.js';

interface Scheduled {
  readonly at: number;
  readonly order: number;
  readonly action: (at: number) => void;
}

/** How far the kernel may be behind the clock while requests are under way, so that not each of them needs a timer. */
const STEP_MS = 10;

/**
 * The event loop of the request model. Its events (arrivals, ends of CPU work, time-outs) happen at exact instants, but
 * they are worked off in batches, driven by few timers of the clock: thousands of requests per simulated second stay
 * cheap. Whoever changes or reads what it governs calls {@link catchUp} first.
 */
export class SimulationKernel {
  readonly clock: Clock;
  readonly #processors = new Set<Processor>();
  readonly #events = new Heap<Scheduled>((a, b) => a.at < b.at || (a.at === b.at && a.order < b.order));
  #now: number;
  #order = 0;
  #timer: { readonly handle: TimerHandle; readonly dueAt: number } | undefined;
  #running = false;

  constructor(clock: Clock) {
    this.clock = clock;
    this.#now = clock.now();
  }

  /** The instant of the event that is being worked off. */
  get now(): number {
    return this.#now;
  }

  attach(processor: Processor): void {
    this.#processors.add(processor);
  }

  /** Calls `action` at the instant `at`, milliseconds since the epoch. */
  at(at: number, action: (at: number) => void): void {
    this.#order += 1;
    this.#events.push({ at: Math.max(at, this.#now), order: this.#order, action });
    this.#arm();
  }

  /** Gives a share `seconds` of CPU work. */
  submit(processor: Processor | undefined, share: CpuShare, seconds: number, job: CpuJob): void {
    if (processor) processor.change(this.#now, () => share.push(seconds, job));
    else share.push(seconds, job);
    this.#arm();
  }

  /** Works off everything up to the clock's time. */
  catchUp(): void {
    if (this.#running) return;
    this.#running = true;
    try {
      const until = this.clock.now();
      this.#workOff(until);
      this.#now = Math.max(this.#now, until);
      for (const processor of this.#processors) processor.advance(this.#now);
    } finally {
      this.#running = false;
    }
    this.#arm();
  }

  /** Looks again when there is something to do, after a change to a share. */
  wake(): void {
    this.#arm();
  }

  /** Forgets everything; for the end of a simulation. */
  stop(): void {
    this.clock.clearTimeout(this.#timer?.handle);
    this.#timer = undefined;
    this.#events.removeAll(() => true);
    this.#processors.clear();
  }

  #workOff(until: number): void {
    for (;;) {
      const event = this.#events.peek();
      const work = this.#earliestWork();
      if (work && work.at <= until && work.at <= (event?.at ?? Infinity)) {
        this.#now = Math.max(this.#now, work.at);
        const at = this.#now;
        const job = work.processor.change(at, () => work.share.popNext());
        job?.finish(at);
      } else if (event && event.at <= until) {
        this.#events.pop();
        this.#now = Math.max(this.#now, event.at);
        event.action(this.#now);
      } else {
        return;
      }
    }
  }

  #earliestWork(): { readonly at: number; readonly share: CpuShare; readonly processor: Processor } | undefined {
    let best: { at: number; share: CpuShare; processor: Processor } | undefined;
    for (const processor of this.#processors) {
      const next = processor.next();
      if (next && next.at < (best?.at ?? Infinity)) best = { at: next.at, share: next.share, processor };
    }
    return best;
  }

  #arm(): void {
    if (this.#running) return;
    const next = Math.min(this.#events.peek()?.at ?? Infinity, this.#earliestWork()?.at ?? Infinity);
    const dueAt = Math.max(next, this.clock.now() + STEP_MS);
    if (next === Infinity || (this.#timer && this.#timer.dueAt <= dueAt)) return;
    this.clock.clearTimeout(this.#timer?.handle);
    const fire = () => {
      this.#timer = undefined;
      this.catchUp();
    };
    this.#timer = { handle: this.clock.setTimeout(fire, Math.ceil(dueAt - this.clock.now())), dueAt };
  }
}
