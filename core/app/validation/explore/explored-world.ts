import { MemoryBus } from '../../../bus/memory-bus.js';
import { Manager } from '../../../loop/manager.js';
import { SimulatedClock } from '../../../model/clock.js';
import type { SystemSnapshot } from '../../../model/bus.js';
import type { Diagram } from '../../../model/diagram.js';
import type { LoadedDeployment } from '../../load-files.js';
import type { Plugins } from '../check-system.js';
import { Script, type Choice } from './script.js';
import { ScriptedEngine, type ExploredSession } from './scripted-engine.js';
import { scriptedInfrastructure } from './scripted-infrastructure.js';
import { scriptedWrappers } from './scripted-wrappers.js';
import { applyStarted } from './started-state.js';
import { subjectOf, upTo, type Target } from './target.js';

/**
 * `start-fails`: what comes before it does not succeed even if all goes well. `no-subject`: no component can have the event. `start-differs`: it cannot
 * be skipped. */
export type Unreached = 'start-fails' | 'start-differs' | 'no-subject';

/** When explored time begins, so that times can be told from other numbers. */
const BEGINNING = Date.UTC(2026, 0, 1);

/**
 * A deployment with its real manager, sessions and diagrams in a world that only does what it is told. It is brought to
 * where the procedure under exploration begins, everything before that going well.
 */
export class ExploredWorld {
  readonly clock = new SimulatedClock(BEGINNING);
  readonly script = new Script(this.clock);
  readonly manager: Manager;
  readonly #engine: ScriptedEngine;
  readonly #target: Target;
  #armed = false;
  #subject: string | undefined;
  #afterStart: SystemSnapshot | undefined;

  /** `started`: where the start diagrams lead, known from a former world; absent: they run. */
  constructor(
    loaded: LoadedDeployment,
    plugins: Plugins,
    target: Target,
    private readonly started?: SystemSnapshot,
  ) {
    this.#target = target;
    const deployment = upTo(target, loaded.deployment, started !== undefined);
    const isTarget = (diagram: Diagram) => this.#armed && diagram.file === target.use.file;
    this.#engine = new ScriptedEngine(plugins.engine, this.script, () => this.manager.system, isTarget);
    const wrappers = scriptedWrappers(plugins.wrappers, this.script, (...call) => this.#engine.factsOf(...call));
    this.manager = new Manager({
      ...plugins,
      deployment,
      diagrams: loaded.diagrams,
      engine: this.#engine,
      wrappers,
      infrastructure: scriptedInfrastructure(deployment, this.clock),
      bus: new MemoryBus(),
    });
  }

  get session(): ExploredSession | undefined {
    return this.#engine.explored;
  }

  /** Where the start diagrams led, once they have run. */
  get afterStart(): SystemSnapshot | undefined {
    return this.#afterStart;
  }

  /** The component of the event that started it. */
  get subject(): string | undefined {
    return this.#subject;
  }

  /** Goes to where the procedure begins. Returns why it is not reached, for a reason that lies before it. */
  async begin(): Promise<Unreached | undefined> {
    const { use, event } = this.#target;
    const signal = new AbortController().signal;
    this.#armed = use.role === 'start' && !event;
    const deployed = await this.#goWell(this.manager.deploy({ signal, onProgress: () => undefined }));
    if (this.session) return this.#begun();
    if (!deployed) return 'start-fails';
    if (this.started && !applyStarted(this.manager.system, this.started)) return 'start-differs';
    this.#afterStart = this.manager.system.snapshot(this.clock.now());
    this.#armed = true;
    if (!event) {
      await this.#goWell(this.manager.undeploy());
      return this.#begun();
    }
    const subject = subjectOf(event, this.manager.system);
    if (!subject) return 'no-subject';
    this.#subject = subject.name;
    const host = this.manager.system.hostOf(subject);
    this.manager.events.raise({
      name: event.name,
      component: subject.name,
      ...(host && host !== subject ? { arg: host.name } : {}),
      why: 'it is explored',
    });
    await this.settle();
    return this.#begun();
  }

  /** Lets everything happen that needs no choice. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
  }

  /** True once the procedure has ended and what it did is undone, where it is to be. */
  get ended(): boolean {
    return this.session?.result() !== undefined && this.script.questions.length === 0;
  }

  choices(): readonly Choice[] {
    const { session } = this;
    return this.script.choices(session?.result() === undefined && (session?.dueAts().length ?? 0) > 0);
  }

  /** Takes the good way until something is done, or the session to look at has begun. Tells whether it was done. */
  async #goWell(done: Promise<unknown>): Promise<boolean> {
    let settled: boolean | undefined;
    done.then(
      () => (settled = true),
      () => (settled = false),
    );
    for (;;) {
      await this.settle();
      if (settled !== undefined || this.session) return settled ?? false;
      const [choice] = this.script.choices(true);
      if (!choice) return false;
      await choice.take();
    }
  }

  #begun(): Unreached | undefined {
    this.script.beginPath();
    return this.session ? undefined : 'start-fails';
  }
}
