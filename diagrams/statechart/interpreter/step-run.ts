import { AttituneError } from '../../../core/model/errors.js';
import { isAtomic, isDescendant } from '../chart/chart.js';
import type { StateNode, TransitionNode, InvokeNode } from '../chart/chart.js';
import type { Block, Payload } from '../chart/content.js';
import type { ChartEvent, ChartState, Effect, InterpreterContext, Invocation, StepResult } from './chart-state.js';
import { computeEntrySet } from './entry-set.js';
import { INVOKE_TYPE, invokesDiagram } from '../chart/service-type.js';
import { raiseError, textValue } from './content-scope.js';
import type { ContentScope } from './content-scope.js';
import { runBlock } from './run-block.js';
import { contentValue, paramValues } from './run-send.js';
import { exitSet } from './select.js';

/** The working copy of a session's state during one macrostep; procedures keep their names of appendix D. */
export class StepRun {
  status: ChartState['status'];
  configuration: StateNode[];
  history: Map<StateNode, readonly StateNode[]>;
  readonly #internalQueue: ChartEvent[] = [];
  readonly #effects: Effect[] = [];
  readonly #before: ChartState;
  readonly #scope: Mutable<ContentScope>;
  #initialised: Set<StateNode>;
  #invocations: readonly Invocation[];
  #toInvoke: StateNode[] = [];
  #nextId: number;
  #ended: Pick<ChartState, 'finalState' | 'output' | 'error'> = {};

  constructor(
    private readonly context: InterpreterContext,
    before: ChartState,
  ) {
    this.#before = before;
    this.status = before.status;
    this.configuration = [...before.configuration];
    this.history = before.history as Map<StateNode, readonly StateNode[]>;
    this.#initialised = before.initialised as Set<StateNode>;
    this.#invocations = before.invocations;
    this.#nextId = before.nextId;
    this.#scope = {
      data: context.data,
      sessionId: context.sessionId,
      hasHttp: context.hasHttp === true,
      canReach: (target) =>
        this.#invocations.some(({ id }) => target === `#_${id}`) || context.canReach?.(target) === true,
      state: '',
      raise: (event) => void this.#internalQueue.push(event),
      effect: (effect) => void this.#effects.push(effect),
      newId: (prefix) => `${prefix}.${this.#nextId++}`,
    };
    context.data.isActive = (id) => this.configuration.some((state) => state.id === id);
  }

  /** A guard that fails counts as false and raises `error.execution` (SCXML 5.9.1). */
  readonly test = (transition: TransitionNode): boolean => {
    try {
      return transition.cond === undefined || this.context.data.test(transition.cond);
    } catch (error) {
      raiseError(this.#scope, AttituneError.from(error, 'expression-failed'));
      return false;
    }
  };

  /** Does something outside any block; its failure becomes `error.execution`. */
  attempt(action: () => void): void {
    try {
      action();
    } catch (error) {
      raiseError(this.#scope, AttituneError.from(error, 'expression-failed'));
    }
  }

  nextInternal(): ChartEvent | undefined {
    return this.#internalQueue.shift();
  }

  microstep(transitions: readonly TransitionNode[]): void {
    this.#exit(exitSet(transitions, this.configuration, this.history));
    for (const { content, source } of transitions) this.#block(content, source);
    this.enter(transitions);
  }

  enter(transitions: readonly TransitionNode[]): void {
    const entry = computeEntrySet(transitions, this.history);
    const [first] = transitions;
    if (first && first === this.context.chart.root.initial) this.#block(first.content, first.source);
    for (const state of entry.states) {
      this.#activate(state);
      this.#lateData(state);
      for (const block of state.onentry) this.#block(block, state);
      if (entry.byDefault.has(state) && state.initial) this.#block(state.initial.content, state);
      const historyContent = entry.historyContent.get(state);
      if (historyContent) this.#block(historyContent, state);
      if (state.kind === 'final') this.#reachFinal(state);
    }
  }

  #activate(state: StateNode): void {
    const at = this.configuration.findIndex((other) => other.order >= state.order);
    if (at < 0) this.configuration.push(state);
    else if (this.configuration[at] !== state) this.configuration.splice(at, 0, state);
    if (state.invokes.length > 0) this.#toInvoke.push(state);
  }

  #lateData(state: StateNode): void {
    if (this.context.chart.binding === 'early' || state.data.length === 0 || this.#initialised.has(state)) return;
    this.#initialised = new Set(this.#initialised).add(state);
    for (const { id, expr, value } of state.data) this.attempt(() => this.context.data.initialise(id, expr, value));
  }

  #reachFinal(state: StateNode): void {
    const parent = state.parent as StateNode;
    const output = state.donedata && this.#doneData(state.donedata);
    if (parent.kind === 'scxml') {
      this.status = 'final';
      this.#ended = { finalState: state.id, ...(output === undefined ? {} : { output }) };
      return;
    }
    this.#scope.raise({ name: `done.state.${parent.id}`, type: 'platform', data: output });
    const grandparent = parent.parent;
    if (grandparent?.kind === 'parallel' && grandparent.children.every((region) => this.#isInFinal(region))) {
      this.#scope.raise({ name: `done.state.${grandparent.id}`, type: 'platform' });
    }
  }

  /** A parameter that fails is left out, and content that fails is absent (SCXML 5.6, 5.7). */
  #doneData({ params, content }: Payload): unknown {
    const { data } = this.context;
    if (content) {
      let value: unknown;
      this.attempt(() => {
        value = contentValue(content, data);
      });
      return value;
    }
    const values: Record<string, unknown> = {};
    for (const param of params) this.attempt(() => Object.assign(values, paramValues([param], data)));
    return Object.keys(values).length > 0 ? values : undefined;
  }

  #isInFinal(state: StateNode): boolean {
    if (state.kind === 'compound') {
      return state.children.some((child) => child.kind === 'final' && this.configuration.includes(child));
    }
    return state.kind === 'parallel' && state.children.every((child) => this.#isInFinal(child));
  }

  #exit(states: readonly StateNode[]): void {
    if (states.length === 0) return;
    this.#toInvoke = this.#toInvoke.filter((state) => !states.includes(state));
    this.#recordHistory(states);
    for (const state of states.toReversed()) {
      for (const block of state.onexit) this.#block(block, state);
      if (state.invokes.length > 0) this.#cancelInvocations(state);
      this.configuration.splice(this.configuration.indexOf(state), 1);
    }
  }

  #recordHistory(states: readonly StateNode[]): void {
    for (const state of states) {
      for (const history of state.histories) {
        const recorded = this.configuration.filter((active) =>
          history.deep ? isAtomic(active) && isDescendant(active, state) : active.parent === state,
        );
        this.history = new Map(this.history).set(history, recorded);
      }
    }
  }

  /** `exitInterpreter`: runs what is to be run on leaving; what is shown stays the last configuration. */
  exitAll(): void {
    const shown = [...this.configuration];
    this.#exit(shown);
    this.configuration = shown;
  }

  /** Ends the session with an error; nothing more of the diagram runs. */
  fail(error: AttituneError): void {
    this.status = 'failed';
    this.#ended = { error };
    for (const { id } of this.#invocations) this.#scope.effect({ kind: 'cancelInvoke', invokeId: id });
    this.#invocations = [];
  }

  /** Starts the operations of states entered in this macrostep and still active. Returns whether there were any. */
  startInvocations(): boolean {
    if (this.#toInvoke.length === 0) return false;
    const states = this.#toInvoke.sort((a, b) => a.order - b.order);
    this.#toInvoke = [];
    for (const state of states) for (const node of state.invokes) this.attempt(() => this.#invoke(node, state));
    return true;
  }

  #invoke(node: InvokeNode, state: StateNode): void {
    const { data } = this.context;
    const id = node.id ?? this.#scope.newId(state.id);
    const instance = this.#nextId++;
    if (node.idLocation) data.assign(node.idLocation, id);
    const type = textValue(node.type, data);
    const src = textValue(node.src, data);
    const params = paramValues(node.params, data);
    if (type === INVOKE_TYPE) {
      this.#scope.effect({ kind: 'invoke', invokeId: id, instance, src: src ?? '', params, state: state.id });
    } else if (invokesDiagram(type)) {
      const content = node.content && !node.content.chart ? contentValue(node.content, data) : undefined;
      this.#scope.effect({ kind: 'start', invokeId: id, instance, node, src, content, params });
    } else {
      const message = `<invoke> knows no type "${type ?? ''}"`;
      throw new AttituneError('diagram-failed', message, { place: node.place });
    }
    this.#invocations = [...this.#invocations, { id, instance, state, node }];
  }

  #cancelInvocations(state: StateNode): void {
    for (const invocation of this.#invocations) {
      if (invocation.state === state) this.#scope.effect({ kind: 'cancelInvoke', invokeId: invocation.id });
    }
    this.#invocations = this.#invocations.filter((invocation) => invocation.state !== state);
  }

  /**
   * Runs `<finalize>` of the invocation that an event comes from, and forwards the event to those that ask for every
   * one. An invocation that has ended is pending no more.
   */
  tellInvocations(event: ChartEvent): void {
    const { invocation, ends } = event;
    for (const pending of this.#invocations) {
      const { id, instance, node } = pending;
      const concerned = instance === invocation;
      if (concerned && node.finalize) this.#finalize(node, node.finalize, pending.state, event);
      if (node.autoforward && !(concerned && ends)) {
        this.#scope.effect({ kind: 'forward', invokeId: id, event: forwarded(event) });
      }
    }
    if (ends) this.#invocations = this.#invocations.filter(({ instance }) => instance !== invocation);
  }

  /** An empty `<finalize>` writes what comes back to the locations that were given to the invocation. */
  #finalize(node: InvokeNode, block: Block, state: StateNode, { data }: ChartEvent): void {
    this.#block(block, state);
    if (block.steps.length > 0 || data === null || typeof data !== 'object') return;
    for (const { name, location } of node.params) {
      if (!location || !Object.hasOwn(data, name)) continue;
      const value = (data as Readonly<Record<string, unknown>>)[name];
      this.attempt(() => this.context.data.assign(location, this.context.data.import(value)));
    }
  }

  /** Leaves every state, as the end of the session does; none is reached. */
  cancel(): void {
    this.exitAll();
    this.status = 'stopped';
  }

  #block(block: Block, state: StateNode): void {
    if (block.steps.length === 0) return;
    this.#scope.state = state.id;
    runBlock(block, this.#scope);
  }

  /** The innermost active states, for messages. */
  describeStates(): string {
    const names = this.configuration.filter(isAtomic).map(({ id }) => `"${id}"`);
    if (names.length === 0) return 'its start';
    return `state${names.length > 1 ? 's' : ''} ${names.join(', ')}`;
  }

  result(): StepResult {
    const state: ChartState = {
      status: this.status,
      configuration: this.configuration,
      history: this.history,
      initialised: this.#initialised,
      invocations: this.#invocations,
      nextId: this.#nextId,
      ...this.#ended,
    };
    return [sameConfiguration(this.#before, state), this.#effects];
  }
}

/** An event as another session receives it: every field that is shown, and nothing of where it came from here. */
function forwarded({ name, type, data, sendid, origin, origintype, invokeid, raw }: ChartEvent): ChartEvent {
  return { name, type, data, sendid, origin, origintype, invokeid, raw };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Keeps the former array where nothing changed, so that a change can be told by identity. */
function sameConfiguration(before: ChartState, after: ChartState): ChartState {
  const { configuration: a } = before;
  const { configuration: b } = after;
  const same = a.length === b.length && a.every((state, index) => state === b[index]);
  return same ? { ...after, configuration: a } : after;
}
