import { createActor } from 'xstate';
import type { Actor, InspectionEvent } from 'xstate';
import type { DiagramEvent, DiagramSession, SessionEnvironment, SessionResult } from '../../../core/model/diagram.js';
import { AttituneError } from '../../../core/model/errors.js';
import { EcmascriptDataModel } from '../ecmascript/data-model.js';
import type { Program } from '../ecmascript/program.js';
import type { ChartEvent, ChartState } from '../interpreter/chart-state.js';
import { SCXML_PROCESSOR } from '../interpreter/run-send.js';
import { chartLogic, resultOf } from './chart.logic.js';
import type { ChartLogic, EffectRunner } from './chart.logic.js';
import { SessionEffects } from './effect-runner.js';

/** What an engine's sessions have in common. */
export interface SessionOptions {
  /** How long one expression or script may run. */
  readonly timeLimitMs: number;
  readonly mostMicrosteps: number;
  readonly unhandledErrors: 'fail' | 'ignore';
  /** XState's inspector. */
  readonly inspect: ((event: InspectionEvent) => void) | undefined;
}

/** One diagram at work, as an XState actor on the environment's clock. It runs from the moment it is made. */
export class ChartSession implements DiagramSession {
  readonly id: string;
  readonly done: Promise<SessionResult>;
  readonly #effects: SessionEffects;
  readonly #environment: SessionEnvironment;
  #data: EcmascriptDataModel | undefined;
  #actor: Actor<ChartLogic> | undefined;
  #configuration: readonly string[] = [];
  #settle: (result: SessionResult) => void = () => undefined;
  #ended = false;

  constructor(program: Program, environment: SessionEnvironment, options: SessionOptions) {
    this.id = environment.id;
    this.#environment = environment;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#effects = new SessionEffects(environment, (event) => this.#dispatch(event));
    const { timeLimitMs, mostMicrosteps, unhandledErrors, inspect } = options;
    try {
      const location = `#_scxml_${this.id}`;
      const ioProcessors = { scxml: { location }, [SCXML_PROCESSOR]: { location } };
      const data = new EcmascriptDataModel(program, {
        sessionId: this.id,
        data: environment.data,
        timeLimitMs,
        ioProcessors,
      });
      this.#data = data;
      const context = { chart: program.chart, data, sessionId: this.id, unhandledErrors, mostMicrosteps };
      const logic = chartLogic(context, (...step) => this.#perform(...step));
      this.#actor = createActor(logic, {
        clock: xstateClock(environment),
        id: this.id,
        ...(inspect ? { inspect } : {}),
      });
      this.#actor.start();
    } catch (error) {
      this.#end({
        status: 'failed',
        error: AttituneError.from(error, 'diagram-failed', `diagram "${program.chart.name}"`),
      });
    }
  }

  get configuration(): readonly string[] {
    return this.#configuration;
  }

  /** The variables of the data model as JSON-able data (functions are left out), also after the end. */
  variables(): Readonly<Record<string, unknown>> {
    return this.#data?.variables() ?? {};
  }

  /** Sends an external event. After the end it does nothing. */
  send({ name, data }: DiagramEvent): void {
    this.#dispatch({ name, type: 'external', data });
  }

  stop(): void {
    if (this.#ended) return;
    this.#end({ status: 'stopped' });
    this.#actor?.stop();
  }

  /** What an observer or the world throws into our face is a fault of the program; the session ends with it. */
  readonly #perform: EffectRunner = (effects, before, after, event) => {
    try {
      this.#report(before, after, event);
      this.#effects.perform(effects);
    } catch (error) {
      this.#end({ status: 'failed', error: AttituneError.from(error, 'internal', `session ${this.id}`) });
      this.#actor?.stop();
    }
    if (after.status !== 'running') this.#end(resultOf(after));
  };

  #dispatch(event: ChartEvent): void {
    if (!this.#ended) this.#actor?.send({ type: event.name, event });
  }

  #report(before: ChartState | undefined, after: ChartState, event: ChartEvent | undefined): void {
    if (this.#ended || before?.configuration === after.configuration) return;
    this.#configuration = after.configuration.map(({ id }) => id);
    this.#environment.onStep({ configuration: this.#configuration, ...(event ? { event: event.name } : {}) });
  }

  #end(result: SessionResult): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#effects.close();
    this.#settle(result);
  }
}

/** XState calls its clock's functions unbound. */
function xstateClock({ clock }: SessionEnvironment) {
  return {
    setTimeout: (callback: (...args: unknown[]) => void, delayMs: number) => clock.setTimeout(callback, delayMs),
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  };
}
