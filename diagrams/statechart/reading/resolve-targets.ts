import { attributeOf, placeOf, suggest } from '../../../core/xml/index.js';
import type { XmlElement } from '../../../core/xml/index.js';
import { isDescendant } from '../chart/chart.js';
import type { Draft, StateNode, TransitionNode } from '../chart/chart.js';
import type { ReaderContext } from './reader-context.js';

/** A transition whose targets are still names. */
export interface UnresolvedTransition {
  readonly transition: Draft<TransitionNode>;
  readonly element: XmlElement;
  readonly attribute: 'target' | 'initial';
  /** The state that the targets must be inside; absent: anywhere. */
  readonly inside: StateNode | undefined;
}

/** Turns names of targets into states. Reports `unknown-state` with a suggestion, and targets that cannot be active together. */
export function resolveTargets(
  unresolved: readonly UnresolvedTransition[],
  byId: ReadonlyMap<string, StateNode>,
  context: ReaderContext,
): void {
  for (const { transition, element, attribute, inside } of unresolved) {
    const start = placeOf(element, attribute);
    for (const match of (attributeOf(element, attribute) ?? '').matchAll(/\S+/g)) {
      const place = { ...start, column: start.column + match.index };
      const state = byId.get(match[0]);
      if (!state) {
        const names = [...byId.values()].filter(({ authored }) => authored).map(({ id }) => id);
        context.fail('unknown-state', `there is no state "${match[0]}".${suggest(match[0], names)}`, place);
      } else if (inside && !isDescendant(state, inside)) {
        const where = inside.kind === 'scxml' ? 'the diagram' : `"${inside.id}"`;
        context.fail('value', `"${state.id}" is not inside ${where}. Name a state inside it.`, place);
      } else {
        refuseConflict(transition, state, context, place);
        transition.targets.push(state);
      }
    }
  }
}

/** Targets must be in different regions of a parallel state (SCXML 3.13, legal configurations). */
function refuseConflict(
  transition: Draft<TransitionNode>,
  state: StateNode,
  context: ReaderContext,
  place: UnresolvedTransition['element']['place'],
): void {
  const rival = transition.targets.find((other) => !areOrthogonal(other, state));
  if (!rival) return;
  const message = `"${rival.id}" and "${state.id}" cannot be active together: they are in no two regions of a <parallel>.`;
  context.fail('value', message, place);
}

function areOrthogonal(a: StateNode, b: StateNode): boolean {
  if (a === b || isDescendant(a, b) || isDescendant(b, a)) return false;
  let ancestor = a.parent;
  while (ancestor && !isDescendant(b, ancestor)) ancestor = ancestor.parent;
  return ancestor?.kind === 'parallel';
}
