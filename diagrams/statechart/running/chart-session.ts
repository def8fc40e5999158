import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import type { DiagramEvent, DiagramSession, SessionEnvironment, SessionResult } from '../../../core/model/diagram.js';
import { AttituneError } from '../../../core/model/errors.js';
import { isAtomic } from '../chart/chart.js';
import type { Chart, StateNode } from '../chart/chart.js';
import { EcmascriptDataModel } from '../ecmascript/data-model.js';
import { CANCEL } from '../interpreter/chart-state.js';
import type { ChartEvent, ChartState, InterpreterContext } from '../interpreter/chart-state.js';
import { HTTP_PROCESSOR, SCXML_PROCESSOR } from '../chart/service-type.js';
import { chartLogic, resultOf } from './chart.logic.js';
import type { ChartLogic, EffectRunner } from './chart.logic.js';
import { SessionEffects } from './effect-runner.js';
import type { ChildSession, EffectOf } from './effect-runner.js';
import type { SessionHost } from './session-host.js';

/** The session that invoked a diagram, as the invoked one sees it. */
export interface ParentLink {
  readonly actor: Actor<ChartLogic>;
  /** Puts an event of the invoked diagram into the invoking one's queue. */
  readonly receive: (event: ChartEvent) => void;
  /** The invoked diagram has ended. */
  readonly ended: (result: SessionResult) => void;
}

export interface SessionOrigin {
  readonly host: SessionHost;
  readonly chart: Chart;
  readonly environment: SessionEnvironment;
  readonly parent?: ParentLink;
}

/** One diagram at work, as an XState actor on the environment's clock. It runs from {@link ChartSession.begin} on. */
export class ChartSession implements DiagramSession, ChildSession {
  readonly id: string;
  readonly done: Promise<SessionResult>;
  readonly #effects: SessionEffects;
  readonly #origin: SessionOrigin;
  #data: EcmascriptDataModel | undefined;
  #actor: Actor<ChartLogic> | undefined;
  #configuration: readonly string[] = [];
  #settle: (result: SessionResult) => void = () => undefined;
  #ended = false;
  #children = 0;

  constructor(origin: SessionOrigin) {
    const { environment, host, parent } = origin;
    this.id = environment.id;
    this.#origin = origin;
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.#effects = new SessionEffects(environment, {
      dispatch: (event) => this.#dispatch(event),
      toParent: parent?.receive,
      findSession: (id) => host.sessions.get(id),
      http: () => host.http,
      startChild: (effect, register) => this.#startChild(effect, register),
      checkpoint: undefined,
    });
  }

  /** Enters the first states. It never throws for what the diagram does: `done` tells. */
  begin(): void {
    const { host, environment, parent, chart } = this.#origin;
    const { inspect } = host.options;
    host.sessions.set(this.id, this);
    try {
      const logic = chartLogic(this.#context(), (...step) => this.#perform(...step));
      this.#actor = createActor(logic, {
        id: this.id,
        // a child shares its parent's system, and with it the clock and the inspector
        ...(parent ? { parent: parent.actor } : { clock: xstateClock(environment), ...(inspect ? { inspect } : {}) }),
      });
      this.#actor.start();
    } catch (error) {
      this.#end({ status: 'failed', error: AttituneError.from(error, 'diagram-failed', `diagram "${chart.name}"`) });
    }
  }

  /** Ids of the innermost active states, in alphabetical order. */
  get atomicStates(): readonly string[] {
    const { byId } = this.#origin.chart;
    return this.#configuration.filter((id) => isAtomic(byId.get(id) as StateNode)).sort();
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

  /** An event of another session. */
  receive(event: ChartEvent): void {
    this.#dispatch(event);
  }

  stop(): void {
    if (this.#ended) return;
    this.#end({ status: 'stopped' });
    this.#actor?.stop();
  }

  cancel(): void {
    this.#dispatch(CANCEL);
  }

  #context(): InterpreterContext {
    const { host, environment, chart, parent } = this.#origin;
    const { timeLimitMs, mostMicrosteps, unhandledErrors } = host.options;
    const data = new EcmascriptDataModel(host.program(chart, Object.keys(environment.data)), {
      sessionId: this.id,
      data: environment.data,
      timeLimitMs,
      ioProcessors: ioProcessors(this.id, host),
    });
    this.#data = data;
    return {
      chart,
      data,
      sessionId: this.id,
      unhandledErrors,
      mostMicrosteps,
      hasHttp: host.http !== undefined,
      canReach: (target) =>
        target === '#_parent' ? parent !== undefined : host.sessions.has(target.slice('#_scxml_'.length)),
    };
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
    const { environment } = this.#origin;
    environment.onStep({ configuration: this.#configuration, ...(event ? { event: event.name } : {}) });
  }

  #startChild(effect: EffectOf<'start'>, register: (child: ChildSession) => void): void {
    const { host, chart, environment } = this.#origin;
    const document = host.document(effect, chart);
    this.#children += 1;
    const id = `${this.id}/${effect.invokeId}/${this.#children}`;
    const child = this.#child(document, effect.invokeId, {
      ...environment,
      id,
      data: childData(document, environment.data, effect.params),
      onStep: () => undefined,
    });
    register(child);
    child.begin();
  }

  #child(chart: Chart, invokeId: string, environment: SessionEnvironment): ChartSession {
    const { children } = this.#effects;
    const parent: ParentLink = {
      actor: this.#actor as Actor<ChartLogic>,
      // what a diagram sends once it was cancelled is not heard, what it sent before is (SCXML 6.4.3)
      receive: (event) => {
        if (children.get(invokeId) === child) this.#dispatch({ ...event, invokeid: invokeId, invocation: invokeId });
      },
      ended: (result) => this.#effects.childEnded(invokeId, child, answer(invokeId, result)),
    };
    const child = new ChartSession({ host: this.#origin.host, chart, environment, parent });
    return child;
  }

  #end(result: SessionResult): void {
    if (this.#ended) return;
    this.#ended = true;
    const { sessions } = this.#origin.host;
    if (sessions.get(this.id) === this) sessions.delete(this.id);
    this.#effects.close();
    this.#settle(result);
    this.#origin.parent?.ended(result);
  }
}

/** What the invoking session hears of the end of an invoked diagram. */
function answer(invokeId: string, result: SessionResult): ChartEvent | undefined {
  if (result.status === 'final') {
    return { name: `done.invoke.${invokeId}`, type: 'external', data: result.data, whilePending: false };
  }
  const { error: cause } = result;
  if (!cause) return undefined;
  return { name: 'error.execution', type: 'external', data: { code: cause.code, message: cause.message }, cause };
}

/** Parameters set the variables of an invoked diagram that it declares itself (SCXML 6.4); names like `this` stay. */
function childData(
  chart: Chart,
  outer: Readonly<Record<string, unknown>>,
  params: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const declared = new Set(chart.data.map(({ id }) => id));
  const settable = new Set(chart.root.data.map(({ id }) => id));
  return Object.fromEntries([
    ...Object.entries(outer).filter(([name]) => !declared.has(name)),
    ...Object.entries(params).filter(([name]) => settable.has(name)),
  ]);
}

function ioProcessors(id: string, { http }: SessionHost) {
  const scxml = { location: `#_scxml_${id}` };
  const basicHttp = http && { location: http.locationOf(id) };
  return {
    ...{ scxml, [SCXML_PROCESSOR]: scxml },
    ...(basicHttp ? { basichttp: basicHttp, [HTTP_PROCESSOR]: basicHttp } : {}),
  };
}

/** XState calls its clock's functions unbound. */
function xstateClock({ clock }: SessionEnvironment) {
  return {
    setTimeout: (callback: (...args: unknown[]) => void, delayMs: number) => clock.setTimeout(callback, delayMs),
    clearTimeout: (handle: unknown) => clock.clearTimeout(handle),
  };
}
