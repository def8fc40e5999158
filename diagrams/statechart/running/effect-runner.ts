import { AttituneError } from '../../../core/model/errors.js';
import type { TimerHandle } from '../../../core/model/clock.js';
import type { OperationCall, SessionEnvironment } from '../../../core/model/diagram.js';
import type { ChartEvent, Effect } from '../interpreter/chart-state.js';
import type { EffectOf, PendingOperation, PendingTimer, PendingWork, TimedEffect, Timer } from './pending-work.js';
import type { HttpLink, Receiver } from './session-host.js';
import type { ChildSession } from './session-view.js';

/** The way from a session to the others and to its engine. */
export interface SessionLinks {
  /** To its own external queue. */
  readonly dispatch: (event: ChartEvent) => void;
  /** To the session that invoked it, as from itself. */
  readonly toParent: ((event: ChartEvent) => void) | undefined;
  readonly parentId: string | undefined;
  readonly findSession: (id: string) => Receiver | undefined;
  readonly http: () => HttpLink | undefined;
  /** Starts an invoked diagram; it must call `register` before the diagram does anything. */
  readonly startChild: (effect: EffectOf<'start'>, register: (child: ChildSession) => void) => void;
  /** A number greater than all before it, in the session and those that it invoked. */
  readonly nextNumber: () => number;
  /** Keeps the session as it is; absent where nothing is kept. */
  readonly checkpoint: (() => void) | undefined;
}

/** Node's timers take no more than 2^31 - 1 ms. */
const LONGEST_WAIT_MS = 2_000_000_000;

/** Messages that a session may send without anything from outside. */
const MOST_UNRESTED = 10_000;

/**
 * Does what macrosteps ask for: timers on the environment's clock, operations with a signal each, invoked diagrams,
 * events, messages, logs. What is not done yet, and what is pending, can be read off for a checkpoint.
 */
export class SessionEffects implements PendingWork {
  readonly timers = new Map<string, Set<PendingTimer>>();
  readonly operations = new Map<string, PendingOperation>();
  readonly children = new Map<string, ChildSession>();
  /** Invoked diagrams that were cancelled and have not ended yet. */
  readonly leaving = new Map<ChildSession, string>();
  /** What was asked for and is not begun; used only where checkpoints are taken. */
  readonly outbox: Effect[] = [];
  /** Operations called so far. */
  attempts = 0;
  /** When it began to carry out what is in the outbox. */
  turn = 0;
  /** True while it carries out what is in the outbox. */
  busy = false;
  /** Messages sent since something came from outside. */
  #unrested = 0;
  #closed = false;

  constructor(
    private readonly environment: SessionEnvironment,
    private readonly links: SessionLinks,
  ) {}

  /** Something came from outside: what is sent from now on is an answer to it. */
  rest(): void {
    this.#unrested = 0;
  }

  /** Where checkpoints are taken, one is before anything is done, and one after what must not be done again. */
  perform(effects: readonly Effect[]): void {
    const { checkpoint } = this.links;
    if (!checkpoint) {
      for (const effect of effects) this.#do(effect);
      return;
    }
    for (const effect of effects) this.outbox.push(this.#planned(effect));
    this.drain();
  }

  /** Does what is in the outbox. */
  drain(): void {
    const { checkpoint = () => undefined, nextNumber } = this.links;
    this.turn = nextNumber();
    this.busy = true;
    checkpoint();
    const again = this.outbox.some((effect) => !isKept(effect));
    for (let effect = this.outbox[0]; effect; effect = this.outbox[0]) {
      // a checkpoint that the end of the former one takes must still tell of the one to start
      if (effect.kind === 'start') this.#cancelChild(effect.invokeId);
      if (this.outbox[0] !== effect) continue;
      this.outbox.shift();
      this.#do(effect);
    }
    if (again && !this.#closed) checkpoint();
    this.busy = false;
  }

  /**
   * Clears timers, aborts pending operations and stops invoked diagrams; nothing is sent any more. Those that were
   * cancelled end by themselves. Idempotent.
   */
  close(): void {
    this.#closed = true;
    this.outbox.length = 0;
    for (const timers of this.timers.values())
      for (const { handle } of timers) this.environment.clock.clearTimeout(handle);
    this.timers.clear();
    for (const id of [...this.operations.keys()]) this.#abort(id);
    for (const child of this.children.values()) child.stop();
    this.children.clear();
  }

  /** Sets a timer; one whose time is past fires at once. */
  schedule({ dueAt, order, effect }: Timer): void {
    const { clock } = this.environment;
    const fire = () => {
      timers.delete(timer);
      if (timers.size === 0) this.timers.delete(effect.sendId);
      if (this.#closed) return;
      this.rest();
      const due = { ...effect, delayMs: 0 };
      if (due.kind === 'send' && due.target === '') this.#do(due);
      else this.perform([due]);
    };
    const arm = (waitMs: number): TimerHandle =>
      waitMs <= LONGEST_WAIT_MS
        ? clock.setTimeout(fire, Math.max(0, waitMs))
        : clock.setTimeout(() => (timer.handle = arm(waitMs - LONGEST_WAIT_MS)), LONGEST_WAIT_MS);
    const timer = { dueAt, order, effect, handle: arm(dueAt - clock.now()) };
    const timers = this.timers.get(effect.sendId) ?? new Set();
    this.timers.set(effect.sendId, timers.add(timer));
  }

  /** Calls an operation. `resumed`: it was called before, and nobody knows how far it came. */
  call(effect: EffectOf<'invoke'>, key: string, resumed: boolean): void {
    const { invokeId, src, params } = effect;
    const controller = new AbortController();
    this.#abort(invokeId);
    this.operations.set(invokeId, { controller, effect, key });
    const settle = (report: () => void) => {
      if (this.operations.get(invokeId)?.controller !== controller) return;
      this.operations.delete(invokeId);
      this.rest();
      if (!this.#closed) report();
    };
    const call: OperationCall = {
      ...{ invokeId, src, params, key, signal: controller.signal },
      ...(resumed ? { resumed } : {}),
    };
    const done = { name: `done.invoke.${invokeId}`, type: 'external', ...answerOf(effect) } as const;
    Promise.resolve()
      .then(() => (controller.signal.aborted ? undefined : this.environment.invoke(call)))
      .then(
        (data) => settle(() => this.links.dispatch({ ...done, data })),
        (error: unknown) => settle(() => this.#fail(AttituneError.from(error, 'operation-failed', src), effect)),
      );
  }

  keyOf(invokeId: string): string {
    this.attempts += 1;
    return `${this.environment.id}/${invokeId}/${this.attempts}`;
  }

  /** An invoked diagram has ended by itself; `event` tells its session so. */
  childEnded(invokeId: string, child: ChildSession, event: ChartEvent | undefined): void {
    this.leaving.delete(child);
    if (this.children.get(invokeId) !== child) return;
    this.children.delete(invokeId);
    const instance = child.source?.instance;
    if (event && instance !== undefined && !this.#closed) {
      this.links.dispatch({ ...answerOf({ invokeId, instance }), ...event });
    }
  }

  #do(effect: Effect): void {
    (this.#actions[effect.kind] as (effect: Effect) => void)(effect);
  }

  /** Fixes what must stay the same when it is done later: the time it is due at, and the key of an operation. */
  #planned(effect: Effect): Effect {
    if ('delayMs' in effect && effect.delayMs > 0) {
      return { ...effect, dueAt: this.environment.clock.now() + effect.delayMs };
    }
    return effect.kind === 'invoke' ? { ...effect, key: this.keyOf(effect.invokeId) } : effect;
  }

  readonly #actions: { readonly [K in Effect['kind']]: (effect: EffectOf<K>) => void } = {
    send: (effect) => {
      if (effect.delayMs > 0) {
        this.#later(effect);
        return;
      }
      this.#count();
      if (effect.target === '') this.links.dispatch(effect.event);
      else this.#route(effect);
    },
    post: (effect) => (effect.delayMs > 0 ? this.#later(effect) : this.#post(effect)),
    emit: (effect) => {
      if (effect.delayMs > 0) this.#later(effect);
      else this.#guarded(effect.event.name, () => this.environment.emit(effect.event));
    },
    cancel: ({ sendId }) => {
      for (const { handle } of this.timers.get(sendId) ?? []) this.environment.clock.clearTimeout(handle);
      this.timers.delete(sendId);
    },
    invoke: (effect) => this.call(effect, effect.key ?? this.keyOf(effect.invokeId), effect.resumed === true),
    start: (effect) => this.#start(effect),
    forward: ({ invokeId, event }) => this.children.get(invokeId)?.receive(event),
    cancelInvoke: ({ invokeId }) => {
      this.#abort(invokeId);
      this.#cancelChild(invokeId);
    },
    log: ({ label, value }) => this.environment.onLog(label, value),
    assign: ({ path, value }) => this.#guarded(path, () => this.environment.assign(path, value)),
  };

  #later(effect: TimedEffect): void {
    const dueAt = effect.dueAt ?? this.environment.clock.now() + effect.delayMs;
    this.schedule({ dueAt, order: this.links.nextNumber(), effect });
  }

  #route({ target, event }: EffectOf<'send'>): void {
    const receiver = this.#receiver(target);
    if (receiver) receiver(event);
    else this.#unreachable(`<send> finds no session "${target}"`, event.sendid);
  }

  #receiver(target: string): ((event: ChartEvent) => void) | undefined {
    const { toParent, parentId } = this.links;
    if (target === '#_parent' || (toParent && target === `#_scxml_${parentId ?? ''}`)) return toParent;
    const session = target.startsWith('#_scxml_')
      ? this.links.findSession(target.slice('#_scxml_'.length))
      : this.children.get(target.slice('#_'.length));
    return session && ((event) => session.receive(event));
  }

  /** Sessions that send each other events without end would keep everything else from running. */
  #count(): void {
    this.#unrested += 1;
    if (this.#unrested <= MOST_UNRESTED) return;
    const message = `it does not come to rest: it sent ${MOST_UNRESTED} events at one go. Look for a <send> without delay that leads to itself.`;
    throw new AttituneError('diagram-failed', message);
  }

  #post({ url, message, sendId }: EffectOf<'post'>): void {
    this.#count();
    const sent = this.links.http()?.post(url, message) ?? Promise.reject(new Error('HTTP was closed'));
    sent.catch((error: unknown) => {
      if (!this.#closed) this.#unreachable(AttituneError.from(error, 'protocol').message, sendId);
    });
  }

  #unreachable(message: string, sendid: string | undefined): void {
    const cause = new AttituneError('diagram-failed', message);
    const data = { code: cause.code, message };
    this.links.dispatch({ name: 'error.communication', type: 'platform', data, sendid, cause });
  }

  #start(effect: EffectOf<'start'>): void {
    const { invokeId } = effect;
    // two with one id cannot be told apart, so the later one takes the place of the first
    this.#cancelChild(invokeId);
    try {
      this.links.startChild(effect, (child) => this.children.set(invokeId, child));
    } catch (error) {
      const cause = AttituneError.from(error, 'diagram-failed', effect.src);
      const name = cause.code === 'file-not-found' ? 'error.communication' : 'error.execution';
      const data = { code: cause.code, message: cause.message };
      this.links.dispatch({ name, type: 'platform', data, cause, ...answerOf(effect) });
    }
  }

  #cancelChild(invokeId: string): void {
    const child = this.children.get(invokeId);
    if (!child) return;
    this.children.delete(invokeId);
    this.leaving.set(child, invokeId);
    child.cancel();
  }

  /** What the world refuses comes back as `error.execution`. */
  #guarded(subject: string, action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#fail(AttituneError.from(error, 'operation-failed', subject), undefined);
    }
  }

  #abort(invokeId: string): void {
    const operation = this.operations.get(invokeId);
    this.operations.delete(invokeId);
    operation?.controller.abort(
      new AttituneError('cancelled', 'the diagram left the state that this operation belongs to.'),
    );
  }

  #fail(cause: AttituneError, invocation: InvocationName | undefined): void {
    const data = { code: cause.code, message: cause.message };
    const answer = invocation ? answerOf(invocation) : {};
    this.links.dispatch({ name: 'error.execution', type: 'external', data, cause, ...answer });
  }
}

interface InvocationName {
  readonly invokeId: string;
  readonly instance: number;
}

/** The last event of an invocation, of no interest once that was cancelled. */
function answerOf({ invokeId, instance }: InvocationName) {
  return { invokeid: invokeId, invocation: instance, ends: true, whilePending: true } as const;
}

/** True for an effect that is done over again without harm, or whose outcome is a checkpoint by itself. */
function isKept(effect: Effect): boolean {
  if (effect.kind === 'send') return effect.delayMs > 0 || !effect.target.startsWith('#_scxml_');
  if (effect.kind === 'post' || effect.kind === 'emit') return effect.delayMs > 0;
  return effect.kind !== 'log' && effect.kind !== 'assign';
}
