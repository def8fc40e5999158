import type { Chart, StateNode, TransitionNode } from '../chart/chart.js';
import { computeEntrySet } from '../interpreter/entry-set.js';
import type { HistoryValues } from '../interpreter/select.js';

/** What can ever be active and be taken, whatever the guards and events do. */
export interface Reachability {
  readonly states: ReadonlySet<StateNode>;
  readonly transitions: ReadonlySet<TransitionNode>;
}

const NO_HISTORY: HistoryValues = new Map();

/**
 * Follows every transition that some event and some values of its guard can select, from the start on. It never says
 * that a state cannot be reached where it can: guards count as true unless they are the word `false`.
 */
export function reachabilityOf(chart: Chart): Reachability {
  const states = new Set<StateNode>([chart.root]);
  const transitions = new Set<TransitionNode>();
  const expanded = new Set<StateNode>();
  /** Transitions that lead to a shallow history, one for each. */
  const toHistory = new Map<StateNode, TransitionNode>();
  const open: TransitionNode[] = [];
  const enter = (transition: TransitionNode | undefined, history = NO_HISTORY) => {
    if (!transition) return;
    noteHistories(transition, toHistory);
    for (const target of transition.targets) states.add(target);
    for (const state of computeEntrySet([transition], history).states) {
      if (states.has(state) && expanded.has(state)) continue;
      states.add(state);
      expanded.add(state);
      if (state.initial) noteHistories(state.initial, toHistory);
      open.push(...selectable(state.transitions));
    }
  };
  const follow = () => {
    for (let transition = open.pop(); transition; transition = open.pop()) {
      if (transitions.has(transition)) continue;
      transitions.add(transition);
      enter(transition);
    }
  };
  enter(chart.root.initial);
  follow();
  // a child that a shallow history brings back begins anew, also where no transition enters it that way
  for (let known = -1; known !== states.size;) {
    known = states.size;
    for (const [history, transition] of toHistory) {
      const children = history.parent?.children.filter((child) => expanded.has(child)) ?? [];
      for (const child of children) enter(transition, new Map([[history, [child]]]));
    }
    follow();
  }
  return { states, transitions };
}

function noteHistories(transition: TransitionNode, histories: Map<StateNode, TransitionNode>): void {
  for (const target of transition.targets)
    if (target.kind === 'history' && !target.deep && !histories.has(target)) histories.set(target, transition);
}

/**
 * The transitions of one state that can be selected at all: the first that fits is taken, so one behind another that
 * always fits never is, and behind one without event and guard nothing is.
 */
export function selectable(transitions: readonly TransitionNode[]): TransitionNode[] {
  const kept: TransitionNode[] = [];
  const taken: string[] = [];
  for (const transition of transitions) {
    if (isNever(transition)) continue;
    const covered = transition.events.length > 0 && transition.events.every((event) => isCovered(event, taken));
    if (covered) continue;
    kept.push(transition);
    if (!isAlways(transition)) continue;
    if (transition.events.length === 0) break;
    taken.push(...transition.events);
  }
  return kept;
}

/** True for a transition whose guard, if it has one, always holds. */
export function isAlways({ cond }: TransitionNode): boolean {
  return cond === undefined || cond.text.trim() === 'true';
}

function isNever({ cond }: TransitionNode): boolean {
  return cond?.text.trim() === 'false';
}

function isCovered(descriptor: string, taken: readonly string[]): boolean {
  return taken.some((other) => covers(other, descriptor));
}

/** Whether every event that `descriptor` matches is matched by `other` too; an empty one is what the reader leaves of `.*`. */
export function covers(other: string, descriptor: string): boolean {
  return other === '*' || other === '' || other === descriptor || descriptor.startsWith(`${other}.`);
}
