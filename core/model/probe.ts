import type { Component } from './component.js';
import type { Clock } from './clock.js';
import type { Executor, HttpClient } from './executor.js';
import type { HostAccess } from './infrastructure.js';
import type { SourcePlace } from './errors.js';

/** One measure. A plug-in: one file, one registration; see `probes/README.md`. */
export interface Probe {
  readonly measure: string;
  readonly description: string;
  /** `ratio` (0.8 for 80 %), `MiB`, `ms`, `load`. */
  readonly unit: string;
  readonly parameters: readonly { readonly name: string; readonly required: boolean; readonly description: string }[];
  /** Of a measure whose unit its parameters tell, the users' own metrics: instead of `unit`. What it measures is called by the probe's name. */
  unitOf?(parameters: Readonly<Record<string, string>>): string;
  /** True where the readings come from the manager itself: no agent runs such a probe. */
  readonly central?: boolean;
  /**
   * True where a hypervisor tells it of its domains, and a host's own meter of the host: where there is one, the manager
   * asks that. Else, and for every measure that is neither this nor central, the agent of a machine measures what is on it.
   */
  readonly metered?: boolean;
  /** Reads the values of its parameters, before anything is measured. Throws `value`. Absent: every text will do. */
  check?(parameters: Readonly<Record<string, string>>, place: SourcePlace): void;
  /** Prepares to measure one component. It keeps what it needs between readings (the former counter of a rate). */
  attach(target: ProbeTarget): ProbeInstance;
}

export interface ProbeTarget {
  /** The probe's name in its deployment. */
  readonly probe?: string;
  readonly component: Component;
  /** The host that the component is, or on which it (or the VM around it) is now; asked at each reading. */
  readonly host: () => HostAccess;
  /** Runs things where the component is: on its host, or inside the VM around it. Absent: on its host. */
  readonly executor?: () => Executor;
  /** The member of the bus whose readings are taken for it now; absent, or undefined: whoever watches reads it by itself. */
  readonly agent?: () => string | undefined;
  /** The domain that the component is or is inside; absent for hosts and for software that runs on a host itself. */
  readonly domain: () => string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  readonly clock: Clock;
  readonly http: HttpClient;
}

export interface ProbeInstance {
  /** The value in the probe's unit, or `undefined` where none can be told yet (the first reading of a rate). Rejects where measuring failed. */
  read(signal: AbortSignal): Promise<number | undefined>;
}

export interface ProbeRegistry {
  get(measure: string): Probe | undefined;
  measures(): readonly string[];
}

/** Decides from readings whether something happened. Pure: state in, state out. */
export interface Detector<Config, State> {
  readonly type: string;
  readonly description: string;
  /**
   * Reads its XML attributes (without `type` and `raise`). Throws `AttituneError` of code `value` or `xml-attribute`.
   * `subject` is what the readings are of; without it a limit's unit is taken from how it is written.
   */
  configure(
    parameters: Readonly<Record<string, string>>,
    everyMs: number,
    place: SourcePlace,
    subject?: DetectorSubject,
  ): Config;
  initial(config: Config): State;
  /** A `sample` without a value is a missing or stale reading: it never fires. */
  step(state: State, sample: DetectorSample, config: Config): DetectorStep<State>;
}

export interface DetectorStep<State> {
  readonly state: State;
  /** A sentence with the evidence, where it fired. */
  readonly fired?: string;
  /** When the first reading of the streak that led to it was taken. */
  readonly since?: number;
}

export interface DetectorSubject {
  readonly measure: string;
  /** The probe's unit. */
  readonly unit: string;
}

export interface DetectorSample {
  readonly at: number;
  readonly value?: number;
}

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- each detector has types of its own behind the registry
export type AnyDetector = Detector<any, any>;

export interface DetectorRegistry {
  get(type: string): AnyDetector | undefined;
  types(): readonly string[];
}
