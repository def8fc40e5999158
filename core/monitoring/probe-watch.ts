import type { Reading } from '../model/administration.js';
import type { Bus } from '../model/bus.js';
import type { Clock, TimerHandle } from '../model/clock.js';
import type { Component } from '../model/component.js';
import { AttituneError } from '../model/errors.js';
import type { DetectorStep, ProbeInstance, ProbeTarget } from '../model/probe.js';
import type { DetectedEvent, ProbeTrouble } from './monitor-events.js';
import { oneAtATime } from './bounded-read.js';
import type { ResolvedProbeUse } from './probe-use.js';
import { RoundGrid } from './round-grid.js';
import { remoteOutcome, SentReadings } from './sent-readings.js';
import { timedRead, type ReadOutcome } from './timed-read.js';

/** No read may take longer than this, however long the period is. */
const LONGEST_READ_MS = 5000;
/** A reading that is older than so many periods when it arrives is stale: the machine slept, or the clock was set. */
const STALE_PERIODS = 2;

interface Context {
  readonly clock: Clock;
  readonly bus: Bus;
  readonly raise: (event: DetectedEvent) => void;
  readonly onTrouble: (trouble: ProbeTrouble) => void;
}

/** A probe that fails this often in a row is trouble. */
const TROUBLE_AFTER = 3;

/** One component under one probe. */
interface Watched {
  readonly component: Component;
  readonly read: ProbeInstance['read'];
  /** What an agent sends of it, where one measures it. */
  readonly sent: SentReadings;
  /** One for each detector of the probe. */
  states: unknown[];
  /** Readings that failed in a row. */
  failures: number;
}

/** One probe of the deployment: its rounds, and what is known of each component that it measures. */
export class ProbeWatch {
  readonly #resolved: ResolvedProbeUse;
  readonly #targets: () => readonly ProbeTarget[];
  readonly #context: Context;
  #watched = new Map<Component, Watched>();
  #targetsFailing = false;
  /** What was measured before is not judged: nothing is raised within the first period. */
  #judgesFrom = 0;
  #timer: TimerHandle;
  #running: AbortController | undefined;

  constructor(resolved: ResolvedProbeUse, targets: () => readonly ProbeTarget[], context: Context) {
    this.#resolved = resolved;
    this.#targets = targets;
    this.#context = context;
  }

  start(): void {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    this.#watched = new Map();
    this.#judgesFrom = this.#context.clock.now() + this.#resolved.use.everyMs;
    const grid = new RoundGrid(this.#context.clock.now(), this.#resolved.use.everyMs);
    const turn = async (isFirst: boolean): Promise<void> => {
      await this.#round(isFirst, running.signal);
      if (running.signal.aborted) return;
      this.#timer = this.#context.clock.setTimeout(() => void turn(false), grid.next(this.#context.clock.now()));
    };
    void turn(true);
  }

  stop(): void {
    this.#context.clock.clearTimeout(this.#timer);
    this.#running?.abort(new AttituneError('cancelled', 'The monitor was stopped.'));
    this.#running = undefined;
  }

  /** Measures every target, all at the same time; never rejects. */
  async #round(isFirst: boolean, signal: AbortSignal): Promise<void> {
    const watched = this.#follow();
    await Promise.all(
      watched.map(async (one) => {
        const outcome = one.sent.isExpected() ? one.sent.missing() : await this.#read(one, signal);
        if (outcome && !signal.aborted) this.#take(one, outcome, isFirst);
      }),
    );
  }

  /**
   * A reading that an agent has sent, and when it was taken by the clock here; it counts as one that was read here. What
   * nobody waits for from that agent is dropped.
   */
  hear(from: string, reading: Reading, at: number): void {
    if (!this.#running || reading.probe !== this.#resolved.use.name) return;
    for (const one of this.#watched.values())
      if (one.component.name === reading.component && one.sent.accepts(from))
        this.#take(one, remoteOutcome(reading, this.#resolved.unit, at), at < this.#judgesFrom);
  }

  #take(one: Watched, outcome: ReadOutcome, isFirst: boolean): void {
    this.#publish(one, outcome);
    this.#tell(one, outcome);
    if (!isFirst) this.#detect(one, outcome);
  }

  /** The targets of now; who is gone is forgotten, with all that was known of it. */
  #follow(): readonly Watched[] {
    let targets: readonly ProbeTarget[];
    try {
      targets = this.#targets();
      this.#targetsFailing = false;
    } catch (error) {
      if (!this.#targetsFailing) this.#trouble(this.#resolved.use.of, AttituneError.from(error));
      this.#targetsFailing = true;
      return [];
    }
    const next = new Map<Component, Watched>();
    for (const target of targets) {
      const { component } = target;
      next.set(component, this.#watched.get(component) ?? this.#meet(target));
    }
    this.#watched = next;
    return [...next.values()];
  }

  #meet(target: ProbeTarget): Watched {
    const { probe, detectors } = this.#resolved;
    let instance: ProbeInstance | undefined;
    const read: ProbeInstance['read'] = async (signal) => (instance ??= probe.attach(target)).read(signal);
    return {
      component: target.component,
      read: oneAtATime(read, this.#context.clock),
      sent: new SentReadings(target, this.#resolved.use.everyMs, this.#context.clock),
      states: detectors.map(({ detector, config }) => detector.initial(config) as unknown),
      failures: 0,
    };
  }

  #read({ read }: Watched, signal: AbortSignal): Promise<ReadOutcome> {
    const { unit, use } = this.#resolved;
    return timedRead(read, unit, Math.min(use.everyMs, LONGEST_READ_MS), this.#context.clock, signal);
  }

  #publish(one: Watched, { at, durationMs, value, error }: ReadOutcome): void {
    const { use, probe, unit } = this.#resolved;
    const reading: Reading = {
      probe: use.name,
      measure: probe.measure,
      component: one.component.name,
      unit,
      at,
      durationMs,
      ...(value === undefined ? {} : { value }),
      ...(error === undefined ? {} : { failure: error.message }),
    };
    this.#context.bus.publish('reading', reading);
  }

  /** Says when a probe begins to fail and when it works again. One or two readings that fail, as while a VM moves, are no trouble. */
  #tell(one: Watched, { error }: ReadOutcome): void {
    if (error) {
      one.failures += 1;
      if (one.failures === TROUBLE_AFTER) this.#trouble(one.component.name, error);
      return;
    }
    if (one.failures >= TROUBLE_AFTER) {
      const component = one.component.name;
      this.#report(component, `Probe ${this.#resolved.use.name} measures ${component} again.`);
    }
    one.failures = 0;
  }

  #trouble(component: string, error: AttituneError): void {
    this.#report(component, `Probe ${this.#resolved.use.name} cannot measure ${component}: ${error.message}`, error);
  }

  /** Without an error it is a recovery. */
  #report(component: string, text: string, error?: AttituneError): void {
    const fault = error === undefined ? { recovered: true } : { recovered: false, error };
    this.#context.onTrouble({
      probe: this.#resolved.use.name,
      component,
      at: this.#context.clock.now(),
      text,
      ...fault,
    });
  }

  #detect(one: Watched, { at, value }: ReadOutcome): void {
    const { use, detectors } = this.#resolved;
    const isStale = this.#context.clock.now() - at > STALE_PERIODS * use.everyMs;
    const sample = value === undefined || isStale ? { at } : { at, value };
    detectors.forEach(({ detector, config, raise }, index) => {
      try {
        const { state, fired, since } = detector.step(one.states[index], sample, config) as DetectorStep<unknown>;
        one.states[index] = state;
        if (fired === undefined) return;
        const raisedAt = this.#context.clock.now();
        this.#context.raise({
          name: raise,
          component: one.component.name,
          why: fired,
          at: raisedAt,
          firstSeenAt: Math.min(since ?? at, raisedAt),
        });
      } catch (error) {
        const fault = AttituneError.from(error);
        this.#report(
          one.component.name,
          `Event ${raise} of ${one.component.name} was not raised: ${fault.message}`,
          fault,
        );
      }
    });
  }
}
