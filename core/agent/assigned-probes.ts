import { ProbeWatch } from '../monitoring/probe-watch.js';
import { resolveProbeUse } from '../monitoring/probe-use.js';
import type { ProbeTrouble } from '../monitoring/monitor-events.js';
import type { Bus } from '../model/bus.js';
import type { Clock } from '../model/clock.js';
import { Component } from '../model/component.js';
import { AttituneError } from '../model/errors.js';
import type { HttpClient } from '../model/executor.js';
import type { HostAccess } from '../model/infrastructure.js';
import type { ProbeAssignment } from '../model/messages.js';
import type { DetectorRegistry, ProbeRegistry, ProbeTarget } from '../model/probe.js';

export interface ProbeParts {
  readonly registry: ProbeRegistry;
  /** The agent's machine, as probes see hosts: `local`. */
  readonly host: () => HostAccess;
  readonly http: HttpClient;
}

interface Running {
  readonly watch: ProbeWatch;
  readonly askers: Set<string>;
  /** What its troubles are told under. */
  readonly about: string;
}

/** So many probes are run for all askers together, and none more often. */
const MOST = 2000;
const SHORTEST_MS = 100;
/** Readings are judged by who asked for them. */
const NO_DETECTORS: DetectorRegistry = { get: () => undefined, types: () => [] };

/**
 * The probes that others want to have run here. One that several ask for runs once; one that is asked for again goes on
 * without a gap. They do not end when who asked is gone: it may come back, and readings wait for it on the bus.
 */
export class AssignedProbes {
  /** By the whole of what was asked for. */
  readonly #running = new Map<string, Running>();

  constructor(
    private readonly parts: ProbeParts,
    private readonly bus: Bus,
    private readonly clock: Clock,
    /** Without a text the trouble is over. */
    private readonly onTrouble: (about: string, text: string | undefined) => void,
  ) {}

  get count(): number {
    return this.#running.size;
  }

  /**
   * From now on that asker has these probes, and no others. Throws `unknown-measure`, `xml-attribute` or `value`, and
   * then everything stays as it was.
   */
  assign(asker: string, assignments: readonly ProbeAssignment[]): number {
    const wanted = new Map(assignments.map((assignment) => [textOf(assignment), assignment]));
    const made = [...wanted]
      .filter(([key]) => !this.#running.has(key))
      .map(([key, assignment]) => [key, this.#make(assignment)] as const);
    if (this.#running.size + made.length > MOST)
      throw new AttituneError('value', `An agent runs at most ${MOST} probes; this would be more.`);
    for (const [key, running] of made) this.#running.set(key, running);
    for (const [key, running] of [...this.#running]) {
      if (wanted.has(key)) running.askers.add(asker);
      else if (running.askers.delete(asker) && running.askers.size === 0) this.#end(key, running);
    }
    for (const [, { watch }] of made) watch.start();
    return wanted.size;
  }

  stop(): void {
    for (const [key, running] of [...this.#running]) this.#end(key, running);
  }

  #end(key: string, { watch, about }: Running): void {
    watch.stop();
    this.#running.delete(key);
    this.onTrouble(about, undefined);
  }

  #make(assignment: ProbeAssignment): Running {
    const { registry, host, http } = this.parts;
    const { probe: name, measure, component, domain, everyMs, parameters, attributes } = assignment;
    if (everyMs < SHORTEST_MS)
      throw new AttituneError('value', `Probe ${name}: an agent measures every ${SHORTEST_MS} ms at the most.`);
    const place = { file: `probe ${name}`, line: 1, column: 1 };
    const use = { name, measure, of: component, everyMs, parameters, detectors: [], place };
    const target: ProbeTarget = {
      component: new Component({ name: component, className: component, kind: kindOf(assignment, host()), attributes }),
      host,
      domain: () => domain,
      parameters,
      clock: this.clock,
      http,
    };
    const about = `probe ${name} of ${component}`;
    const watch = new ProbeWatch(resolveProbeUse(use, registry, NO_DETECTORS), () => [target], {
      clock: this.clock,
      bus: this.bus,
      raise: () => undefined,
      onTrouble: ({ recovered, text }: ProbeTrouble) => this.onTrouble(about, recovered ? undefined : text),
    });
    return { watch, askers: new Set(), about };
  }
}

function kindOf({ component, domain }: ProbeAssignment, host: HostAccess): Component['kind'] {
  if (component === domain) return 'vm';
  return component === host.name ? 'host' : 'software';
}

/** The same text for the same assignment, in whatever order its parameters came. */
function textOf({ parameters, attributes, ...rest }: ProbeAssignment): string {
  const sorted = (texts: Readonly<Record<string, string>>) =>
    Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));
  const { probe, measure, component, domain, everyMs } = rest;
  return JSON.stringify([probe, measure, component, domain, everyMs, sorted(parameters), sorted(attributes)]);
}
