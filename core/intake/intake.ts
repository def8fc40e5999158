import type { AdministrationEvent } from '../model/administration.js';
import type { Clock } from '../model/clock.js';
import type { DeploymentDiagram, ProbeUse } from '../model/deployment.js';
import { AttituneError } from '../model/errors.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import { suggest } from '../xml/suggest.js';
import type { NewestReadings } from './newest-readings.js';
import { openMetrics } from './open-metrics.js';
import type { PushedReading, PushedReadings } from './pushed-readings.js';

/** A value before its time is known. */
export interface PushNotice {
  readonly component: string;
  readonly name: string;
  readonly value: number;
  /** Milliseconds since the epoch; absent: now. */
  readonly at?: number | undefined;
}

/** An event from outside; as `OutsideNotice` of `core/loop`. */
export interface EventNotice {
  readonly event: string;
  readonly component: string;
  readonly arg?: string;
  readonly source: string;
}

export interface IntakeParts {
  readonly clock: Clock;
  readonly deployment: DeploymentDiagram;
  readonly system: SystemRepresentation;
  readonly outside: { accept(notice: EventNotice): AdministrationEvent };
  readonly pushed: PushedReadings;
  readonly readings: NewestReadings;
  /** Answers what administrators ask, such as `manager.why`; throws for what is no such question, or a wrong one. */
  readonly ask?: (question: string, body: string, from: string) => unknown;
  /** True where the clock is that of the world outside. */
  readonly realTime: boolean;
}

/** The measure of probes that read what is pushed. */
const PUSH = 'push';
/** How far the clock of whoever pushes may be ahead. */
const AHEAD_MS = 30_000;

/** What comes in from outside, whatever way it came: it is checked, then taken as a whole or not at all. */
export class Intake {
  #taken = 0;
  #refused = 0;

  constructor(private readonly parts: IntakeParts) {}

  get name(): string {
    return this.parts.deployment.name;
  }

  /** Takes values for probes of measure `push`. Throws `unknown-component`, `unknown-measure` or `value`, and then takes none. */
  push(notices: readonly PushNotice[]): { readonly taken: number; readonly older: number } {
    const { pushed, system } = this.parts;
    const readings = notices.map((notice) => this.#checked(notice));
    pushed.keep((component) => system.has(component));
    const taken = readings.filter((reading) => pushed.put(reading)).length;
    this.#taken += taken;
    return { taken, older: readings.length - taken };
  }

  /** Raises an event. Throws as `OutsideEvents.accept`. */
  emit(notice: EventNotice): { readonly id: number } {
    const { id } = this.parts.outside.accept(notice);
    this.#taken += 1;
    return { id };
  }

  /** Answers an administrator of this machine. Throws `unknown-operation`, or as the answer does. */
  ask(question: string, body: string, from: string): unknown {
    const { ask } = this.parts;
    if (!ask) throw new AttituneError('unknown-operation', `Nobody answers ${question} here.`);
    return ask(question, body, from);
  }

  refused(): void {
    this.#refused += 1;
  }

  /** The newest readings of everything, in OpenMetrics' text format. */
  metrics(): string {
    const { readings, system, realTime } = this.parts;
    const counts = { taken: this.#taken, refused: this.#refused };
    return openMetrics(
      readings.all((component) => system.has(component)),
      counts,
      realTime,
    );
  }

  #checked({ component, name, value, at }: PushNotice): PushedReading {
    const { clock, system, deployment } = this.parts;
    if (!system.has(component)) {
      const names = system.components.map((one) => one.name);
      throw new AttituneError(
        'unknown-component',
        `${deployment.name} has no component "${component.slice(0, 100)}".${suggest(component, names)}`,
      );
    }
    const probes = deployment.probes.filter((probe) => probe.measure === PUSH && this.#isOf(probe, component));
    if (!probes.some((probe) => probe.name === name)) {
      const known = suggest(
        name,
        probes.map((probe) => probe.name),
      );
      throw new AttituneError(
        'unknown-measure',
        `No <probe measure="push" name="${name.slice(0, 100)}"> is of ${component}.${known}`,
      );
    }
    if (!Number.isFinite(value) || value < 0) {
      throw new AttituneError('value', `${name} of ${component} is ${value}; it must be a finite number from 0.`);
    }
    const now = clock.now();
    if (at !== undefined && !(at >= 0 && at - now <= AHEAD_MS)) {
      throw new AttituneError(
        'value',
        `${name} of ${component} is of the time ${at}, and now is ${now} (milliseconds since 1970): it is of a time to come.`,
      );
    }
    return { component, name, value, at: Math.min(at ?? now, now) };
  }

  #isOf({ of }: ProbeUse, component: string): boolean {
    return this.parts.system.instances(of).some((one) => one.name === component);
  }
}
