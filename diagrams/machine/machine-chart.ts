import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import type { SourcePlace } from '../../core/model/errors.js';
import type {
  Block,
  Chart,
  Expression,
  InvokeNode,
  ScxmlDiagram,
  StateNode,
  TransitionNode,
} from '../statechart/index.js';
import { excerpt } from '../statechart/index.js';
import { stateId, statesOf, type MachineDiagram } from './machine-diagram.js';

type Draft<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A machine in the form in which SCXML documents are drawn: the same states, transitions and operations; guards and
 * actions by their names or, where they have none, by what they say. It is for pictures: it cannot be run.
 */
export function machineChart(diagram: MachineDiagram): Chart {
  return new ChartWriter(diagram).chart();
}

/** The diagram with its chart, for the drawing. */
export function drawableMachine(diagram: MachineDiagram): ScxmlDiagram {
  const { name, file, hash, states, calls, hears, raises } = diagram;
  return { name, file, hash, states, calls, hears, raises, chart: machineChart(diagram) };
}

class ChartWriter {
  readonly #place: SourcePlace;
  readonly #states: Draft<StateNode>[] = [];
  readonly #nodes = new Map<AnyStateNode, Draft<StateNode>>();
  readonly #transitions: TransitionNode[] = [];
  readonly #expressions: Expression[] = [];

  constructor(private readonly diagram: MachineDiagram) {
    this.#place = { file: diagram.file, line: 1, column: 1 };
  }

  chart(): Chart {
    const { machine, name, file, hash } = this.diagram;
    const root = this.#state(machine.root as AnyStateNode, undefined);
    for (const node of [machine.root as AnyStateNode, ...statesOf(machine)]) this.#connect(node);
    return {
      name,
      file,
      hash,
      binding: 'early',
      datamodel: 'ecmascript',
      root,
      states: this.#states,
      byId: new Map(this.#states.slice(1).map((state) => [state.id, state])),
      transitions: this.#transitions,
      data: [],
      scripts: [],
      expressions: this.#expressions,
      sources: [],
      migrations: [],
    };
  }

  #state(node: AnyStateNode, parent: StateNode | undefined): Draft<StateNode> {
    const order = this.#states.length;
    const state: Draft<StateNode> = {
      id: parent ? stateId(node) : '_root',
      authored: parent !== undefined,
      kind: parent ? node.type : 'scxml',
      order,
      last: order,
      parent,
      children: [],
      histories: [],
      deep: node.history === 'deep',
      transitions: [],
      initial: undefined,
      onentry: this.#blocks(node.entry),
      onexit: this.#blocks(node.exit),
      invokes: node.invoke.map((invoke) => this.#invoke(invoke)),
      data: [],
      donedata: undefined,
      place: this.#place,
    };
    this.#states.push(state);
    this.#nodes.set(node, state);
    const children = (Object.values(node.states) as AnyStateNode[]).map((child) => this.#state(child, state));
    state.children = children.filter(({ kind }) => kind !== 'history');
    state.histories = children.filter(({ kind }) => kind === 'history');
    state.last = this.#states.length - 1;
    return state;
  }

  #connect(node: AnyStateNode): void {
    const state = this.#nodes.get(node);
    if (!state) return;
    const own = [...(node.transitions as Map<string, AnyTransitionDefinition[]>).values()].flat();
    const eventless: readonly AnyTransitionDefinition[] = node.always ?? [];
    state.transitions = [...eventless, ...own].map((definition) => this.#transition(definition, state));
    if (state.kind === 'compound' || state.kind === 'scxml') {
      const targets = node.initial.target as readonly AnyStateNode[] | undefined;
      state.initial = this.#add(state, { targets: targets ?? [], internal: true });
    }
  }

  #transition(definition: AnyTransitionDefinition, source: StateNode): TransitionNode {
    const { target, guard, actions, reenter } = definition;
    const eventType = definition.eventType as string;
    return this.#add(source, {
      targets: (target ?? []) as readonly AnyStateNode[],
      events: eventType === '' ? [] : [eventName(eventType)],
      internal: !reenter,
      ...(guard === undefined ? {} : { cond: this.#expression(textOf(guard)) }),
      content: this.#block(actions),
    });
  }

  #add(
    source: StateNode,
    parts: {
      readonly targets: readonly AnyStateNode[];
      readonly events?: readonly string[];
      readonly cond?: Expression;
      readonly internal: boolean;
      readonly content?: Block;
    },
  ): TransitionNode {
    const transition: TransitionNode = {
      id: `t${this.#transitions.length}`,
      source,
      events: parts.events ?? [],
      cond: parts.cond,
      targets: parts.targets.flatMap((node) => this.#nodes.get(node) ?? []),
      internal: parts.internal,
      content: parts.content ?? { steps: [] },
      place: this.#place,
    };
    this.#transitions.push(transition);
    return transition;
  }

  #invoke({ id, src, input }: { readonly id: string; readonly src: unknown; readonly input?: unknown }): InvokeNode {
    const call = typeof input === 'object' && input !== null ? (input as { src?: unknown; params?: object }) : {};
    const computed = typeof input === 'function' ? this.#expression(bodyOf(String(input))) : undefined;
    return {
      type: 'attitune',
      id: id.includes('.') ? undefined : id,
      idLocation: undefined,
      src: typeof call.src === 'string' ? call.src : (computed ?? String(src)),
      params: Object.entries(call.params ?? {}).map(([name, value]) => ({
        name,
        expr: this.#expression(JSON.stringify(value)),
        location: undefined,
      })),
      content: undefined,
      autoforward: false,
      finalize: undefined,
      place: this.#place,
    };
  }

  #blocks(actions: readonly unknown[]): readonly Block[] {
    return actions.length === 0 ? [] : [this.#block(actions)];
  }

  #block(actions: readonly unknown[]): Block {
    return {
      steps: actions.map((action) => ({
        kind: 'script',
        script: this.#expression(textOf(action), 'script'),
        place: this.#place,
      })),
    };
  }

  #expression(text: string, use: Expression['use'] = 'value'): Expression {
    const expression = { index: this.#expressions.length, use, text: excerpt(text), place: this.#place };
    this.#expressions.push(expression);
    return expression;
  }
}

/** The name that SCXML has for an event of XState's own. */
function eventName(type: string): string {
  const after = /^xstate\.after\.(\d+)\./.exec(type)?.[1];
  if (after !== undefined) return Number(after) % 1000 === 0 ? `after ${Number(after) / 1000} s` : `after ${after} ms`;
  return type
    .replace(/^xstate\.done\.actor\./, 'done.invoke.')
    .replace(/^xstate\.error\.actor\..*/, 'error.execution')
    .replace(/^xstate\.done\.state\.[^.]*\.?/, 'done.state.');
}

/** A guard or action by its name with its parameters, or by what an inline function says. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'function') {
    const { type } = value as { type?: unknown };
    return typeof type === 'string' ? type.replace(/^xstate\./, '') : bodyOf(String(value));
  }
  const { type, params } = (value ?? {}) as { type?: unknown; params?: unknown };
  if (typeof type !== 'string') return '';
  return typeof params === 'object' && params !== null
    ? `${type} ${Object.values(params).map(String).join(' ')}`
    : type;
}

/** What an arrow function gives, without its head. */
function bodyOf(source: string): string {
  return /=>\s*([^{][\s\S]*)$/.exec(source)?.[1] ?? source;
}
