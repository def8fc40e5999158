import { isDescendant } from '../chart/chart.js';
import type { StateNode, TransitionNode } from '../chart/chart.js';

/** The states by which histories stand, once something was recorded. */
export type HistoryValues = ReadonlyMap<StateNode, readonly StateNode[]>;

/** Whether one of a transition's event descriptors matches an event's name (SCXML 3.12.1). */
export function matches(transition: TransitionNode, name: string): boolean {
  for (const descriptor of transition.events) {
    if (descriptor === name || descriptor === '*') return true;
    if (name.length > descriptor.length && name.startsWith(descriptor) && name[descriptor.length] === '.') return true;
  }
  return false;
}

/**
 * `selectTransitions` and `selectEventlessTransitions` of appendix D: for each active atomic state the first enabled
 * transition of it or of an ancestor, in document order; then what conflicts is removed. `event` is absent for
 * eventless transitions.
 */
export function selectTransitions(
  configuration: readonly StateNode[],
  event: string | undefined,
  history: HistoryValues,
  test: (transition: TransitionNode) => boolean,
): readonly TransitionNode[] {
  const enabled: TransitionNode[] = [];
  for (const state of configuration) {
    if (state.kind !== 'atomic' && state.kind !== 'final') continue;
    const transition = firstEnabled(state, event, test);
    if (transition && !enabled.includes(transition)) enabled.push(transition);
  }
  return enabled.length < 2 ? enabled : withoutConflicts(enabled, configuration, history);
}

function firstEnabled(
  atomic: StateNode,
  event: string | undefined,
  test: (transition: TransitionNode) => boolean,
): TransitionNode | undefined {
  for (let state: StateNode | undefined = atomic; state; state = state.parent) {
    for (const transition of state.transitions) {
      const concerned = event === undefined ? transition.events.length === 0 : matches(transition, event);
      if (concerned && (transition.cond === undefined || test(transition))) return transition;
    }
  }
  return undefined;
}

/** Of two transitions that leave a common state, the one in the descendant wins, else the first (SCXML 3.13). */
function withoutConflicts(
  enabled: readonly TransitionNode[],
  configuration: readonly StateNode[],
  history: HistoryValues,
): TransitionNode[] {
  const exits = new Map(enabled.map((transition) => [transition, exitSet([transition], configuration, history)]));
  let kept: TransitionNode[] = [];
  for (const transition of enabled) {
    const exit = exits.get(transition) as StateNode[];
    const rivals = kept.filter((other) => exits.get(other)?.some((state) => exit.includes(state)));
    if (rivals.every((rival) => isDescendant(transition.source, rival.source))) {
      kept = kept.filter((other) => !rivals.includes(other));
      kept.push(transition);
    }
  }
  return kept;
}

/** The states that transitions leave, in document order. */
export function exitSet(
  transitions: readonly TransitionNode[],
  configuration: readonly StateNode[],
  history: HistoryValues,
): StateNode[] {
  const domains: StateNode[] = [];
  for (const transition of transitions) {
    const domain = transitionDomain(transition, history);
    if (domain) domains.push(domain);
  }
  return configuration.filter((state) => domains.some((domain) => isDescendant(state, domain)));
}

/** The state inside which a transition takes place, itself neither left nor entered; absent for a targetless one. */
export function transitionDomain(transition: TransitionNode, history: HistoryValues): StateNode | undefined {
  const targets = effectiveTargets(transition, history);
  if (targets.length === 0) return undefined;
  const { source } = transition;
  if (transition.internal && isContainer(source) && targets.every((target) => isDescendant(target, source)))
    return source;
  for (let ancestor = source.parent; ancestor; ancestor = ancestor.parent) {
    const candidate = ancestor;
    if (isContainer(candidate) && targets.every((target) => isDescendant(target, candidate))) return candidate;
  }
  // only the root's own initial transition has no ancestor above its source
  return source;
}

/** The targets, histories replaced by what they stand for. */
export function effectiveTargets(transition: TransitionNode, history: HistoryValues): readonly StateNode[] {
  if (!transition.targets.some(({ kind }) => kind === 'history')) return transition.targets;
  const targets = new Set<StateNode>();
  for (const target of transition.targets) {
    const recorded = target.kind === 'history' ? history.get(target) : [target];
    const standsFor = recorded ?? (target.initial ? effectiveTargets(target.initial, history) : []);
    for (const state of standsFor) targets.add(state);
  }
  return [...targets];
}

function isContainer(state: StateNode): boolean {
  return state.kind === 'compound' || state.kind === 'scxml';
}
