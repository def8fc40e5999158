import { AttituneError } from '../../../core/model/errors.js';
import { isAtomic, isDescendant } from '../chart/chart.js';
import type { Chart, StateNode, TransitionNode } from '../chart/chart.js';
import { computeEntrySet } from '../interpreter/entry-set.js';
import { transitionDomain } from '../interpreter/select.js';
import { isAlways } from './reachability.js';
import type { Reachability } from './reachability.js';

const NO_HISTORY = new Map<StateNode, readonly StateNode[]>();

/** Circles of transitions without event and guard (`endless-loop`): whoever enters one never comes to rest. */
export function checkEndlessLoops(chart: Chart, { states }: Reachability): AttituneError[] {
  const errors: AttituneError[] = [];
  const done = new Set<StateNode>();
  for (const start of chart.states) {
    if (!states.has(start) || !isAtomic(start)) continue;
    const way: StateNode[] = [];
    for (let state: StateNode | undefined = start; state && !done.has(state);) {
      const again = way.indexOf(state);
      if (again >= 0) {
        errors.push(loop(way.slice(again)));
        break;
      }
      way.push(state);
      const transition = forced(state, chart);
      state = transition && follower(state, transition);
    }
    for (const state of way) done.add(state);
  }
  return errors;
}

/** The transition that must be taken as soon as the state is active, if there is one. */
function forced(atomic: StateNode, chart: Chart): TransitionNode | undefined {
  for (let state: StateNode | undefined = atomic; state; state = state.parent) {
    const [first] = state.transitions.filter(({ events }) => events.length === 0);
    if (!first) continue;
    return isAlways(first) && !isPreempted(atomic, chart) ? first : undefined;
  }
  return undefined;
}

/** Whether another region could take the chart out of this one before it goes round. */
function isPreempted(state: StateNode, chart: Chart): boolean {
  for (let inner = state, outer = state.parent; outer; inner = outer, outer = outer.parent) {
    if (outer.kind !== 'parallel') continue;
    const parallel = outer;
    const region = inner;
    const elsewhere = chart.transitions.some(
      ({ events, source }) =>
        events.length === 0 && isDescendant(source, parallel) && source !== region && !isDescendant(source, region),
    );
    if (elsewhere) return true;
  }
  return false;
}

/** The atomic state that follows, where that is one and certain. */
function follower(state: StateNode, transition: TransitionNode): StateNode | undefined {
  if (transition.targets.length === 0) return state;
  if (transition.targets.some(({ kind }) => kind === 'history')) return undefined;
  const domain = transitionDomain(transition, NO_HISTORY);
  if (domain && !isDescendant(state, domain)) return undefined;
  const atoms = computeEntrySet([transition], NO_HISTORY).states.filter(isAtomic);
  return atoms.length === 1 ? atoms[0] : undefined;
}

function loop(states: readonly StateNode[]): AttituneError {
  const [first] = states.toSorted((a, b) => a.order - b.order);
  const round = [...states, states[0]].map((state) => state?.id).join(' → ');
  const transition = first?.transitions.find(({ events }) => events.length === 0);
  const message = `transitions without event and guard lead round in a circle: ${round}. Give one of them an event or a guard.`;
  return new AttituneError('endless-loop', message, { place: (transition ?? first)?.place });
}
