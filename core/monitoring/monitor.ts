import type { Reading } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import type { ProbeUse } from '../model/deployment.js';
import type { DetectorRegistry, ProbeRegistry, ProbeTarget } from '../model/probe.js';
import type { DetectedEvent, ProbeTrouble } from './monitor-events.js';
import { ProbeWatch } from './probe-watch.js';
import { resolveProbeUse } from './probe-use.js';

export type { DetectedEvent, ProbeTrouble } from './monitor-events.js';

export interface MonitorOptions {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly probes: ProbeRegistry;
  readonly detectors: DetectorRegistry;
  readonly raise: (event: DetectedEvent) => void;
  /** Also told when `raise` itself threw. Must not throw. */
  readonly onTrouble: (trouble: ProbeTrouble) => void;
}

/**
 * The M and A of MAPE-K: reads every probe on its own grid of times, publishes each reading on the bus, lets the
 * detectors judge it, and raises what they found. It never acts. Nothing is raised within the first period after `start`.
 */
export class Monitor {
  readonly #options: MonitorOptions;
  readonly #watches: ProbeWatch[] = [];
  #running = false;

  constructor(options: MonitorOptions) {
    this.#options = options;
  }

  /**
   * Adds a probe. `targets` is asked at each round, so that components that come and go are followed; a component is
   * known by identity. Throws `unknown-measure`, `unknown-detector`, `xml-attribute` or `value`, and then adds nothing.
   */
  watch(use: ProbeUse, targets: () => readonly ProbeTarget[]): void {
    const { clock, bus, probes, detectors, raise, onTrouble } = this.#options;
    const watch = new ProbeWatch(resolveProbeUse(use, probes, detectors), targets, { clock, bus, raise, onTrouble });
    this.#watches.push(watch);
    if (this.#running) watch.start();
  }

  /** A reading that an agent has sent, see {@link ProbeWatch.hear}. */
  hear(from: string, reading: Reading, at: number): void {
    for (const watch of this.#watches) watch.hear(from, reading, at);
  }

  /** Begins with a first reading of everything, which only primes the rates. Does nothing where it runs already. */
  start(): void {
    if (this.#running) return;
    this.#running = true;
    for (const watch of this.#watches) watch.start();
  }

  /** Ends all rounds at once: reads under way are cut off, and nothing is published or raised any more. Idempotent. */
  stop(): void {
    this.#running = false;
    for (const watch of this.#watches) watch.stop();
  }
}
