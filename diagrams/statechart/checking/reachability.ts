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
  const open: TransitionNode[] = [];
  const enter = (transition: TransitionNode | undefined) => {
    if (!transition) return;
    for (const target of transition.targets) states.add(target);
    for (const state of computeEntrySet([transition], NO_HISTORY).states) {
      if (states.has(state) && expanded.has(state)) continue;
      states.add(state);
      expanded.add(state);
      open.push(...selectable(state.transitions));
    }
  };
  const expanded = new Set<StateNode>();
  enter(chart.root.initial);
  for (let transition = open.pop(); transition; transition = open.pop()) {
    if (transitions.has(transition)) continue;
    transitions.add(transition);
    enter(transition);
  }
  return { states, transitions };
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
