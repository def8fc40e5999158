import { AttituneError } from '../../../core/model/errors.js';
import { isAtomic } from '../chart/chart.js';
import type { StateNode, TransitionNode } from '../chart/chart.js';
import { computeEntrySet } from '../interpreter/entry-set.js';
import type { ChartUse } from './chart-use.js';
import type { Reachability } from './reachability.js';
import { nameOf } from './state-name.js';
import { canBeTogether } from './together.js';

/**
 * States that cannot be left (`dead-end`). In any chart: a state in which nothing is heard any more, though the chart has
 * not ended. In a procedure also: states from which no way leads to its end.
 */
export function checkDeadEnds(reach: Reachability, use: ChartUse): AttituneError[] {
  const resting = [...reach.states].filter(
    (state) => isAtomic(state) && !(state.kind === 'final' && state.parent?.kind === 'scxml'),
  );
  const errors: AttituneError[] = [];
  const deaf = resting.filter((state) => !hears(state, reach.transitions));
  for (const state of deaf) errors.push(dead(state));
  if (use.kind === 'procedure') errors.push(...endless(resting, deaf, reach));
  return errors;
}

/** Whether anything can still happen while a state is active. */
function hears(state: StateNode, transitions: ReadonlySet<TransitionNode>): boolean {
  for (const { source } of transitions) if (canBeTogether(source, state)) return true;
  return false;
}

function dead(state: StateNode): AttituneError {
  const parent = state.parent;
  const message =
    state.kind === 'final' && parent
      ? `${nameOf(parent)} cannot be left once it has ended in "${state.id}": add a transition on done.state.${parent.id}.`
      : `${nameOf(state)} cannot be left: no transition leads out of it. Add one, or make it a <final>.`;
  return new AttituneError('dead-end', message, { place: state.place });
}

/** Of the states from which no way leads to the end, the first of each group that is closed in itself. */
function endless(resting: readonly StateNode[], deaf: readonly StateNode[], reach: Reachability): AttituneError[] {
  const next = new Map<StateNode, ReadonlySet<StateNode>>();
  const ending = new Set<StateNode>();
  for (const state of resting) {
    const followers = new Set<StateNode>();
    for (const transition of reach.transitions) {
      if (transition.targets.length === 0 || !canBeTogether(transition.source, state)) continue;
      for (const entered of atomsOf(transition)) {
        if (entered.kind === 'final' && entered.parent?.kind === 'scxml') ending.add(state);
        else followers.add(entered);
      }
    }
    next.set(state, followers);
  }
  for (let grown = true; grown;) {
    grown = false;
    for (const [state, followers] of next) {
      if (ending.has(state) || ![...followers].some((follower) => ending.has(follower))) continue;
      ending.add(state);
      grown = true;
    }
  }
  const told = new Set<StateNode>(deaf);
  const errors: AttituneError[] = [];
  for (const state of resting.toSorted((a, b) => a.order - b.order)) {
    if (ending.has(state) || told.has(state)) continue;
    const group = closure(state, next);
    const closed = [...group].every((other) => closure(other, next).has(state));
    if (!closed || [...group].some((other) => told.has(other))) continue;
    for (const other of group) told.add(other);
    errors.push(roundAndRound(state, group));
  }
  return errors;
}

function atomsOf(transition: TransitionNode): StateNode[] {
  // what a history brings back was left by a transition, and had its own way on before
  const recorded = transition.targets.flatMap((target) =>
    target.kind === 'history' && target.parent ? descendants(target.parent) : [],
  );
  return [...computeEntrySet([transition], new Map()).states, ...recorded].filter(isAtomic);
}

function descendants(state: StateNode): StateNode[] {
  return state.children.flatMap((child) => [child, ...descendants(child)]);
}

/** The state and all that follow it. */
function closure(from: StateNode, next: ReadonlyMap<StateNode, ReadonlySet<StateNode>>): Set<StateNode> {
  const seen = new Set([from]);
  for (const state of seen) for (const follower of next.get(state) ?? []) seen.add(follower);
  return seen;
}

function roundAndRound(state: StateNode, group: ReadonlySet<StateNode>): AttituneError {
  const others = [...group].filter((other) => other !== state).map(({ id }) => id);
  const round =
    others.length > 0
      ? `from "${state.id}" a way leads only to ${others.map((id) => `"${id}"`).join(', ')} and back`
      : `${nameOf(state)} leads only to itself`;
  const message = `${round}, never to a final state, and a procedure must end. Add a transition to a final state.`;
  return new AttituneError('dead-end', message, { place: state.place });
}
