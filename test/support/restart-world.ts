import { MemoryBus } from '../../core/bus/memory-bus.js';
import { Manager } from '../../core/loop/manager.js';
import { delay, SimulatedClock } from '../../core/model/clock.js';
import type { DeploymentDiagram } from '../../core/model/deployment.js';
import type { Diagram, DiagramEngine } from '../../core/model/diagram.js';
import { AttituneError } from '../../core/model/errors.js';
import { SeededRandom } from '../../core/model/random.js';
import type { Store } from '../../core/model/store.js';
import type { OperationContext, Wrapper, WrapperRegistry } from '../../core/model/wrapper.js';
import { MemoryStore } from '../../core/store/index.js';
import { ScxmlEngine } from '../../diagrams/statechart/index.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';
import { association, componentClass, deploymentOf } from './deployments.js';
import { FakeEngine, fakeDiagram, scxmlOf, type FakeStep } from './fake-engine.js';

const place = { file: 'test.deployment.xml', line: 1, column: 1 };

/** How long each operation of the wrapper takes, and whether it may be repeated. */
export const OPERATIONS = {
  start: { ms: 2000, idempotent: true },
  stop: { ms: 2000, idempotent: true },
  mix: { ms: 3000, idempotent: true },
  pour: { ms: 3000, idempotent: false },
} as const;

/** One run of an operation, in the world that outlives the managers. */
export interface Run {
  readonly component: string;
  readonly operation: string;
  readonly at: number;
  readonly resumed: boolean;
  endedAt?: number;
}

export type Diagrams = Readonly<Record<string, readonly FakeStep[]>>;

/** Start and stop of everything, and a job that the event `go` begins. */
export const DIAGRAMS: Diagrams = {
  start: [{ invoke: 'Work.start' }],
  stop: [{ invoke: 'Work.stop' }],
  job: [{ invoke: 'this.mix' }],
};

/** An engine, and how it is told a diagram. */
export interface Engines {
  readonly engine: DiagramEngine;
  readonly diagram: (name: string, steps: readonly FakeStep[]) => Diagram;
}

export const FAKE: Engines = {
  engine: new FakeEngine(),
  diagram: (name, steps) => fakeDiagram(name, steps, JSON.stringify(steps)),
};

/** The real engine, with the same diagrams as SCXML. */
export function scxmlEngines(): Engines {
  const engine = new ScxmlEngine();
  return {
    engine,
    diagram: (name, steps) => {
      const { diagram, errors } = engine.readText(scxmlOf(name, steps), `/diagrams/${name}.scxml`);
      if (!diagram) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
      return diagram;
    },
  };
}

/** A world in which managers die and are born: software, a store, and the time. */
export class RestartWorld {
  readonly runs: Run[] = [];
  store: Store = new MemoryStore();
  clock = new SimulatedClock(1_000_000);
  manager: Manager;

  constructor(
    private diagrams: Diagrams = DIAGRAMS,
    private readonly more: Partial<DeploymentDiagram> = {},
    private readonly engines: Engines = FAKE,
  ) {
    this.manager = this.#manager();
  }

  /** Deploys, or takes up, while time passes. */
  async deploy(signal: AbortSignal = new AbortController().signal): Promise<void> {
    await this.clock.runUntil(this.manager.deploy({ signal, onProgress: () => undefined }));
  }

  /** Begins to deploy and lets some time pass; what comes of it is not waited for. */
  async begin(ms: number): Promise<void> {
    this.manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined }).catch(() => undefined);
    await this.clock.advance(ms);
  }

  /**
   * The manager dies: its time stands still from now on, and of what it knew only the store is left. After `ms` another
   * one is there, with other diagrams or another deployment where given.
   */
  crash(
    ms = 0,
    changes: {
      readonly diagrams?: Diagrams;
      readonly deployment?: Partial<DeploymentDiagram>;
      readonly unreachable?: boolean;
    } = {},
  ): void {
    this.store = copyOf(this.store);
    this.clock = new SimulatedClock(this.clock.now() + ms);
    this.diagrams = changes.diagrams ?? this.diagrams;
    this.manager = this.#manager(changes.deployment, changes.unreachable);
  }

  states(): Readonly<Record<string, string>> {
    const components = this.manager.system.components.filter(({ kind }) => kind !== 'host');
    return Object.fromEntries(components.map(({ name, lifeCycle }) => [name, lifeCycle.state]));
  }

  texts(): readonly string[] {
    return this.manager.journal.entries.map(({ kind, subject, text }) => `${kind} ${subject}: ${text}`);
  }

  runsOf(operation: string): readonly Run[] {
    return this.runs.filter((run) => run.operation === operation);
  }

  #manager(changes: Partial<DeploymentDiagram> = {}, unreachable = false): Manager {
    const { clock } = this;
    const diagrams = new Map(
      Object.entries(this.diagrams).map(([name, steps]) => {
        const diagram = this.engines.diagram(name, steps);
        return [diagram.file, diagram];
      }),
    );
    const use = (name: string, more: object) => ({
      file: `/diagrams/${name}.scxml`,
      on: [],
      parameters: {},
      place,
      ...more,
    });
    const deployment = deploymentOf({
      name: 'works',
      classes: [
        componentClass('Work', { wrapper: 'any', initial: 2 }),
        componentClass('Tool', { wrapper: 'any', initial: 1 }),
      ],
      associations: [association('tools', 'Work', '0..*', 'Tool', '0..*')],
      diagrams: [
        use('start', { role: 'start' }),
        use('stop', { role: 'stop' }),
        ...Object.keys(this.diagrams)
          .filter((name) => !['start', 'stop', 'policy'].includes(name))
          .map((name) => use(name, { on: [name === 'job' ? 'go' : name] })),
      ],
      ...this.more,
      ...changes,
    });
    const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    if (unreachable)
      infrastructure.up = () => Promise.reject(new AttituneError('host-unreachable', 'host1 does not answer.'));
    return new Manager({
      deployment,
      infrastructure,
      wrappers: this.#wrappers(clock),
      engine: this.engines.engine,
      diagrams,
      probes: { get: () => undefined, measures: () => [] },
      detectors: { get: () => undefined, types: () => [] },
      bus: new MemoryBus(),
      store: this.store,
    });
  }

  #wrappers(clock: SimulatedClock): WrapperRegistry {
    const wrapper: Wrapper = {
      name: 'any',
      description: 'of a test',
      attributes: [],
      operations: new Map(
        Object.entries(OPERATIONS).map(([name, { idempotent }]) => [name, { name, timeoutMs: 60_000, idempotent }]),
      ),
      isNode: false,
      invoke: (operation, context) => this.#run(operation as keyof typeof OPERATIONS, context, clock),
    };
    return { get: () => wrapper, names: () => ['any'] };
  }

  async #run(operation: keyof typeof OPERATIONS, context: OperationContext, clock: SimulatedClock): Promise<unknown> {
    const { component, resumed = false, signal } = context;
    const run: Run = { component: component.name, operation, at: clock.now(), resumed };
    this.runs.push(run);
    await delay(clock, OPERATIONS[operation].ms, signal);
    run.endedAt = clock.now();
    return { operation };
  }
}

/** What is stored now, as one who opens the file after the crash finds it. */
export function copyOf(store: Store): Store {
  const copy = new MemoryStore();
  for (const entry of store.journal({ limit: Infinity })) copy.appendJournal(entry);
  for (const record of store.sessions()) copy.putSession(record);
  const system = store.system();
  if (system) copy.putSystem(system);
  return copy;
}
