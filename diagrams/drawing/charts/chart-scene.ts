import type { Chart, StateNode, TransitionNode } from '../../statechart/index.js';
import type { Item, Line, Link, Scene } from '../scene.js';
import { invokeText, jsonOf, stepLines } from './step-text.js';
import { transitionLines, transitionSentence } from './transition-text.js';

/** More lines than these nobody listens to. */
const MOST_SENTENCES = 60;

/** A statechart in UML's notation. Transitions that stay in their state are lines in its box. */
export function chartScene(chart: Chart): Scene {
  const items = new Map<StateNode, Item>();
  const dots = new Map<StateNode, Item>();
  const make = (state: StateNode): Item => {
    const item = itemOf(state, [
      ...(startsSomewhere(state) ? [dotOf(state, dots)] : []),
      ...[...state.children, ...state.histories].map(make),
    ]);
    items.set(state, item);
    return item;
  };
  const root = make(chart.root);
  const links = chart.transitions.flatMap((transition): Link[] => {
    const { source, targets } = transition;
    const isInitial = isInitialOf(source, transition);
    const from = isInitial ? dots.get(source) : items.get(source);
    if (!from || targets.length === 0 || isListed(transition)) return [];
    return [
      linkOf(
        transition,
        from,
        targets.map((target) => items.get(target) as Item),
        isInitial,
      ),
    ];
  });
  return { name: chart.name, description: describe(chart), root, links };
}

function itemOf(state: StateNode, children: readonly Item[]): Item {
  const isRoot = state.kind === 'scxml';
  const title = titleOf(state);
  const lines = isRoot ? [] : linesOf(state);
  return {
    key: `s${state.order}`,
    shape: state.kind === 'history' ? 'history' : state.kind === 'final' ? 'final' : 'box',
    classes: classesOf(state),
    attributes: { id: `state-${state.id}`, 'data-state': state.id },
    title,
    ...(state.kind === 'parallel' ? { note: 'parallel' } : {}),
    tooltip: [tooltipTitle(state), ...lines.map(({ text }) => text)].join('\n'),
    lines,
    children,
    ...(state.kind === 'parallel' ? { arrangement: 'columns' as const } : {}),
  };
}

function titleOf(state: StateNode): string {
  if (state.kind === 'scxml') return '';
  if (state.kind === 'history') return state.deep ? 'H*' : 'H';
  if (state.authored) return state.id;
  return state.kind === 'final' ? 'end' : state.id;
}

function tooltipTitle(state: StateNode): string {
  const kinds: Partial<Record<StateNode['kind'], string>> = {
    final: ' (final)',
    parallel: ' (parallel)',
    history: state.deep ? ' (deep history)' : ' (history)',
  };
  return `${state.id}${kinds[state.kind] ?? ''}`;
}

function linesOf(state: StateNode): Line[] {
  const plain = (text: string): Line => ({ text });
  return [
    ...state.onentry.flatMap((block) => stepLines(block).map((line) => plain(`entry / ${line}`))),
    ...state.invokes.map((invoke) => plain(`do / ${invokeText(invoke)}`)),
    ...state.onexit.flatMap((block) => stepLines(block).map((line) => plain(`exit / ${line}`))),
    ...state.transitions.filter(isListed).map(listedLine),
    ...(state.donedata ? [{ text: donedataText(state), muted: true }] : []),
  ];
}

function donedataText({ donedata }: StateNode): string {
  const params = donedata?.params.map(({ name, expr }) => `${name}=${expr.text}`) ?? [];
  const content = donedata?.content && (donedata.content.expr?.text ?? jsonOf(donedata.content.value));
  return `gives ${params.length > 0 ? params.join(', ') : content}`;
}

/** `event / step` as UML lists internal transitions; one that leaves its state and enters it again has a turned arrow. */
function listedLine(transition: TransitionNode): Line {
  const [head = '', ...rest] = transitionLines(transition);
  const again = transition.targets.length > 0 && !(transition.internal && transition.source.kind === 'compound');
  const text = [again ? '↺' : '', head, ...rest].filter(Boolean).join(' ');
  return {
    text: text === '' ? 'always' : text,
    group: {
      classes: 'transition listed',
      attributes: attributesOf(transition),
      tooltip: `${transitionSentence(transition)}${again ? ' (leaves the state and enters it again)' : ''}`,
    },
  };
}

function linkOf(transition: TransitionNode, from: Item, to: readonly Item[], isInitial: boolean): Link {
  return {
    key: transition.id,
    from,
    to,
    label: transitionLines(transition).map((text) => ({ text })),
    classes: `line transition${isInitial ? ' initial' : ''}`,
    attributes: attributesOf(transition),
    tooltip: transitionSentence(transition),
  };
}

function attributesOf(transition: TransitionNode): Record<string, string> {
  const { id, source, targets, events } = transition;
  return {
    id: `transition-${id}`,
    'data-transition': id,
    'data-from': source.id,
    'data-to': targets.map((target) => target.id).join(' '),
    'data-event': events.join(' '),
    ...(isInitialOf(source, transition) ? { 'data-initial': 'true' } : {}),
  };
}

function dotOf(state: StateNode, dots: Map<StateNode, Item>): Item {
  const dot: Item = {
    ...{ key: `i${state.order}`, shape: 'dot', classes: 'initial-dot', attributes: {} },
    ...{ title: '', tooltip: 'start', lines: [], children: [] },
  };
  dots.set(state, dot);
  return dot;
}

function classesOf(state: StateNode): string {
  const kind = state.kind === 'history' ? 'history' : `box ${state.kind}`;
  const frame = state.children.length > 0 && state.kind === 'parallel' ? ' compound' : '';
  return `${kind} state${frame}${state.parent?.kind === 'parallel' && state.kind !== 'history' ? ' region' : ''}`;
}

export function startsSomewhere(state: StateNode): boolean {
  return (state.kind === 'compound' || state.kind === 'scxml') && (state.initial?.targets.length ?? 0) > 0;
}

export function isInitialOf(source: StateNode, transition: TransitionNode): boolean {
  return source.initial === transition && source.kind !== 'history';
}

/** Without a target, or with its own state as the only one: listed in the state's box. */
export function isListed({ source, targets }: TransitionNode): boolean {
  return source.kind !== 'scxml' && targets.every((target) => target === source);
}

function describe(chart: Chart): string {
  const states = chart.states.filter(({ kind }) => kind !== 'scxml' && kind !== 'history').length;
  const sentences = chart.transitions.map(transitionSentence);
  const more = sentences.length > MOST_SENTENCES ? [`and ${sentences.length - MOST_SENTENCES} more`] : [];
  return `Statechart ${chart.name}: ${states} states. ${[...sentences.slice(0, MOST_SENTENCES), ...more].join('; ')}.`;
}
