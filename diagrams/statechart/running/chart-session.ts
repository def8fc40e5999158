import { createActor } from 'xstate';
import type { Actor } from 'xstate';
import type { DiagramEvent, DiagramSession, SessionEnvironment, SessionResult } from '../../../core/model/diagram.js';
import { AttituneError } from '../../../core/model/errors.js';
import { isAtomic } from '../chart/chart.js';
import type { Chart, StateNode } from '../chart/chart.js';
import { EcmascriptDataModel } from '../ecmascript/data-model.js';
import { CANCEL } from '../interpreter/chart-state.js';
import type { ChartEvent, ChartState, InterpreterContext } from '../interpreter/chart-state.js';
import { invokeOf, readChartState } from '../persistence/chart-record.js';
import { readMessages, withTimersSet } from '../persistence/messages.js';
import type { Messages } from '../persistence/messages.js';
import { renaming } from '../persistence/migration.js';
import type { ChildRecord, SessionRecord, SessionsRecord } from '../persistence/session-record.js';
import { chartLogic, resultOf, STOP } from './chart.logic.js';
import type { ChartActorEvent, ChartLogic, EffectRunner } from './chart.logic.js';
import { takeCheckpoint } from './checkpoint.js';
import { answerOf, childEnvironment, ioProcessors, xstateClock } from './child-session.js';
import { SessionEffects } from './effect-runner.js';
import type { EffectOf } from './pending-work.js';
import type { DocumentSource, SessionHost } from './session-host.js';
import type { ChildSession, SessionView } from './session-view.js';

/** The session that invoked a diagram, as the invoked one sees it. */
export interface ParentLink {
  readonly id: string;
  /** How many sessions are above. */
  readonly depth: number;
  readonly actor: Actor<ChartLogic>;
  readonly source: DocumentSource;
  /** Shared with the invoking session. */
  readonly counter: Counter;
  readonly checkpoint: (() => void) | undefined;
  /** Puts an event of the invoked diagram into the invoking one's queue. */
  readonly receive: (event: ChartEvent) => void;
  /** The invoked diagram has ended. */
  readonly ended: (result: SessionResult) => void;
}

/** Numbers in the order in which they are taken, over a session and all that it invoked. */
interface Counter {
  next: number;
}

export interface SessionOrigin {
  readonly host: SessionHost;
  readonly chart: Chart;
  readonly environment: SessionEnvironment;
  readonly parent?: ParentLink;
}

/** Invoked diagrams below each other; each has a context of its own. */
const DEEPEST = 16;

/** What a session that is taken up again does first. */
interface Restored {
  readonly state: ChartState;
  readonly messages: Messages;
  readonly turn: number;
  readonly busy: boolean;
}

/** One diagram at work, as an XState actor on the environment's clock; {@link begin} or {@link resume} starts it. */
export class ChartSession implements DiagramSession, ChildSession {
  readonly id: string;
  readonly done: Promise<SessionResult>;
  readonly #origin: SessionOrigin;
  readonly #counter: Counter;
  readonly #effects: SessionEffects;
  /** Events that were not processed; kept only where checkpoints are taken. */
  readonly #queue: ChartEvent[] = [];
  readonly #checkpoint: (() => void) | undefined;
  #data: EcmascriptDataModel | undefined;
  #actor: Actor<ChartLogic> | undefined;
  #state: ChartState | undefined;
  #configuration: readonly string[] = [];
  #settle: (result: SessionResult) => void = () => undefined;
  #ended = false;
  #result: SessionResult | undefined;
  #childrenStarted = 0;

  constructor(origin: SessionOrigin) {
    const { environment, host, parent } = origin;
    this.id = environment.id;
    this.#origin = origin;
    this.#counter = parent?.counter ?? { next: 1 };
    this.done = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const { onCheckpoint } = environment;
    const keep =
      onCheckpoint &&
      (() => {
        if (!this.#ended) onCheckpoint(takeCheckpoint(this.view(), this.#counter.next));
      });
    this.#checkpoint = parent ? parent.checkpoint : keep;
    this.#effects = new SessionEffects(environment, {
      dispatch: (event) => this.#dispatch(event),
      toParent: parent?.receive,
      parentId: parent?.id,
      findSession: (id) => host.sessions.get(id),
      http: () => host.http,
      startChild: (effect, register) => this.#startChild(effect, register),
      nextNumber: () => this.#counter.next++,
      checkpoint: this.#checkpoint,
    });
  }

  /** Enters the first states. It never throws for what the diagram does: `done` tells. */
  begin(): void {
    try {
      this.#prepare();
      this.#actor?.start();
    } catch (error) {
      const { name } = this.#origin.chart;
      this.#end({ status: 'failed', error: AttituneError.from(error, 'diagram-failed', `diagram "${name}"`) });
    }
  }

  /** Goes on from a record, with all diagrams that it had invoked. Throws `diagram-changed` before anything is done. */
  resume({ session, next }: SessionsRecord): void {
    this.#counter.next = next;
    const restored: (Restored & { readonly session: ChartSession })[] = [];
    try {
      this.#restore(session, restored);
    } catch (error) {
      for (const { session: made } of restored) made.#end({ status: 'stopped' });
      throw error;
    }
    const timers = restored.flatMap(({ session: owner, messages }) =>
      messages.timers.map((timer) => ({ owner, timer })),
    );
    timers.sort((a, b) => a.timer.dueAt - b.timer.dueAt || a.timer.order - b.timer.order);
    for (const { owner, timer } of timers) owner.#effects.schedule(timer);
    // those that were at rest can take events at once; of the others, who began last was the innermost
    restored.sort((a, b) => Number(a.busy) - Number(b.busy) || b.turn - a.turn);
    for (const { session: made } of restored) made.#actor?.start();
  }

  get result(): SessionResult | undefined {
    return this.#result;
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
    this.#effects.rest();
    this.#dispatch({ name, type: 'external', data });
  }

  /** An event of another session. */
  receive(event: ChartEvent, fromOutside = false): void {
    if (fromOutside) this.#effects.rest();
    this.#dispatch(event);
  }

  stop(): void {
    if (this.#ended) return;
    this.#end({ status: 'stopped' });
    this.#stopActor();
  }

  cancel(): void {
    this.#dispatch(CANCEL);
  }

  #prepare(restored?: Restored, data?: SessionRecord['data']): void {
    const { host, environment, parent, chart } = this.#origin;
    const { inspect } = host.options;
    host.sessions.set(this.id, this);
    const context = this.#context();
    if (data) context.data.restore(data, chart.data);
    const resumed = restored && { state: restored.state, goOn: () => this.#goOn(restored) };
    this.#actor = createActor(
      chartLogic(context, (...step) => this.#perform(...step), resumed),
      {
        id: this.id,
        // a child shares its parent's system, and with it the clock and the inspector
        ...(parent ? { parent: parent.actor } : { clock: xstateClock(environment), ...(inspect ? { inspect } : {}) }),
      },
    );
  }

  #restore(record: SessionRecord, all: (Restored & { readonly session: ChartSession })[]): void {
    const { chart } = this.#origin;
    const states = [...record.chart.configuration, ...record.chart.history.flatMap(([id, values]) => [id, ...values])];
    const names = renaming(chart, record.hash, record.id, [...new Set(states)]);
    const read = readMessages(record.messages, ({ state, index }) => invokeOf(names, state, index));
    const messages = withTimersSet(read, () => this.#counter.next++);
    const state = readChartState(record.chart, names, messages.output);
    const restored = { session: this, state, messages, turn: record.turn, busy: record.busy };
    all.push(restored);
    this.#prepare(restored, record.data);
    this.#state = state;
    this.#configuration = state.configuration.map(({ id }) => id);
    this.#effects.attempts = record.attempts;
    this.#effects.turn = record.turn;
    this.#effects.busy = record.busy;
    this.#effects.outbox.push(...messages.outbox);
    for (const event of messages.queue) this.#dispatch(event);
    for (const { effect, key } of messages.operations) this.#effects.call(effect, key, true);
    this.#childrenStarted = record.childrenStarted;
    for (const child of record.children) {
      const source = sourceOf(child, invokeOf(names, child.state, child.index));
      const session = this.#child(source, child.invokeId, child.session.id, {});
      if (child.left) this.#effects.leaving.set(session, child.invokeId);
      else this.#effects.children.set(child.invokeId, session);
      session.#restore(child.session, all);
    }
  }

  /** Does what was left to do. What the queue holds is processed after it. */
  #goOn({ state, busy }: Restored): void {
    try {
      if (busy) this.#effects.drain();
    } catch (error) {
      this.#end({ status: 'failed', error: AttituneError.from(error, 'internal', `session ${this.id}`) });
      this.#stopActor();
    }
    if (state.status !== 'running') this.#end(resultOf(state));
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
      ...{ chart, data, sessionId: this.id, unhandledErrors, mostMicrosteps },
      hasHttp: host.http !== undefined,
      canReach: (target) =>
        target === '#_parent' ? parent !== undefined : host.sessions.has(target.slice('#_scxml_'.length)),
    };
  }

  /** What an observer or the world throws into our face is a fault of the program; the session ends with it. */
  readonly #perform: EffectRunner = (effects, before, after, event) => {
    if (this.#ended) return;
    if (this.#checkpoint) {
      this.#state = after;
      if (event) this.#queue.shift();
    }
    try {
      this.#report(before, after, event);
      this.#effects.perform(effects);
    } catch (error) {
      this.#end({ status: 'failed', error: AttituneError.from(error, 'internal', `session ${this.id}`) });
      this.#stopActor();
    }
    if (after.status !== 'running') this.#end(resultOf(after));
  };

  /** XState stops no child but by its own event. */
  #stopActor(): void {
    if (this.#origin.parent) this.#actor?.send({ type: STOP } as ChartActorEvent);
    else this.#actor?.stop();
  }

  #dispatch(event: ChartEvent): void {
    if (this.#ended) return;
    if (this.#checkpoint) this.#queue.push(event);
    // an author's event of that name must not end the actor behind the session's back
    this.#actor?.send({ type: event.name === STOP ? 'event' : event.name, event });
  }

  #report(before: ChartState | undefined, after: ChartState, event: ChartEvent | undefined): void {
    if (this.#ended || before?.configuration === after.configuration) return;
    this.#configuration = after.configuration.map(({ id }) => id);
    const { environment } = this.#origin;
    environment.onStep({ configuration: this.#configuration, ...(event ? { event: event.name } : {}) });
  }

  #startChild(effect: EffectOf<'start'>, register: (child: ChildSession) => void): void {
    this.#childrenStarted += 1;
    const id = `${this.id}/${effect.invokeId}/${this.#childrenStarted}`;
    const child = this.#child(effect, effect.invokeId, id, effect.params);
    register(child);
    child.begin();
  }

  #child(
    source: DocumentSource,
    invokeId: string,
    id: string,
    params: Readonly<Record<string, unknown>>,
  ): ChartSession {
    const { host, chart: outer, environment } = this.#origin;
    const chart = host.document(source, outer);
    const { children } = this.#effects;
    const depth = (this.#origin.parent?.depth ?? 0) + 1;
    if (depth > DEEPEST) {
      const message = `diagrams invoke each other more than ${DEEPEST} deep. Look for one that invokes itself.`;
      throw new AttituneError('diagram-failed', message, { place: source.node.place });
    }
    const parent: ParentLink = {
      id: this.id,
      depth,
      actor: this.#actor as Actor<ChartLogic>,
      source,
      counter: this.#counter,
      checkpoint: this.#checkpoint,
      // what a diagram sends once it was cancelled is not heard, what it sent before is (SCXML 6.4.3)
      receive: (event) => {
        if (children.get(invokeId) === child)
          this.#dispatch({ ...event, invokeid: invokeId, invocation: source.instance });
      },
      ended: (result) => this.#effects.childEnded(invokeId, child, answerOf(invokeId, result)),
    };
    const child = new ChartSession({
      host,
      chart,
      environment: childEnvironment(environment, id, chart, params),
      parent,
    });
    return child;
  }

  get source(): DocumentSource | undefined {
    return this.#origin.parent?.source;
  }

  /** What a checkpoint is made of. */
  view(): SessionView {
    const { chart } = this.#origin;
    const { children, leaving } = this.#effects;
    const childView = (child: ChildSession, invokeId: string, left: boolean) => {
      return { invokeId, left, source: child.source as DocumentSource, view: child.view() };
    };
    return {
      ...{ id: this.id, hash: chart.hash, states: chart.states, queue: this.#queue, effects: this.#effects },
      state: this.#state as ChartState,
      data: this.#data as EcmascriptDataModel,
      childrenStarted: this.#childrenStarted,
      children: [
        ...[...children].map(([invokeId, child]) => childView(child, invokeId, false)),
        ...[...leaving].map(([child, invokeId]) => childView(child, invokeId, true)),
      ],
    };
  }

  #end(result: SessionResult): void {
    if (this.#ended) return;
    this.#ended = true;
    const { sessions } = this.#origin.host;
    if (sessions.get(this.id) === this) sessions.delete(this.id);
    this.#effects.close();
    this.#result = result;
    this.#settle(result);
    this.#origin.parent?.ended(result);
  }
}

function sourceOf({ instance, src, content }: ChildRecord, node: DocumentSource['node']): DocumentSource {
  return { node, instance, src: src ?? undefined, content: content ?? undefined };
}
