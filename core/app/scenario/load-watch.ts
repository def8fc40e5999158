import type { Bus } from '../../model/bus.js';
import type { Clock, TimerHandle } from '../../model/clock.js';
import type { LoadRun } from '../../model/load.js';
import { answeredTimes, percentile } from '../report/summary.js';

const EVERY_MS = 1000;

/** Publishes each second what became of the requests that ended in it. */
export class LoadWatch {
  #timer: TimerHandle;
  #seen = 0;
  #running = true;

  constructor(
    private readonly run: LoadRun,
    private readonly clock: Clock,
    private readonly bus: Bus,
  ) {
    this.#arm();
  }

  stop(): void {
    this.#running = false;
    this.clock.clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = this.clock.setTimeout(() => {
      if (!this.#running) return;
      this.#publish();
      this.#arm();
    }, EVERY_MS);
  }

  #publish(): void {
    const recent = this.run.samples.slice(this.#seen);
    this.#seen = this.run.samples.length;
    this.bus.publish('requests', {
      at: this.clock.now(),
      phase: this.run.phase ?? '',
      perSecond: recent.length / (EVERY_MS / 1000),
      failed: recent.filter(({ failure }) => failure !== undefined).length,
      p95Ms: percentile(answeredTimes(recent), 0.95) ?? 0,
    });
  }
}
