import { suggest } from '../../core/xml/index.js';
import type { Collector } from '../collect.js';
import type { UmlStateMachine, UmlText, UmlVertex } from './uml-model.js';

/** A state machine whose transitions were resolved: without circles, everything between its initial and final state. */
export interface Graph {
  readonly vertices: readonly UmlVertex[];
  readonly edges: readonly GraphEdge[];
  readonly initial: UmlVertex;
}

interface GraphEdge {
  readonly from: UmlVertex;
  readonly to: UmlVertex;
}

/** How a message names a vertex. */
export function describeVertex({ kind, name }: UmlVertex): string {
  return kind === 'state' ? `the state "${name.text.trim()}"` : `the ${kind}${kind === 'initial' ? ' state' : ''}`;
}

/** Checks all that can be wrong with the graph itself. `undefined` where it has no start to check from. */
export function checkGraph(machine: UmlStateMachine, collector: Collector): Graph | undefined {
  checkParts(machine, collector);
  const edges = resolveTransitions(machine, collector);
  const [initial, second] = machine.vertices.filter(({ kind }) => kind === 'initial');
  if (second) {
    const message = `"${machine.name.text}" begins twice, here and on line ${initial?.place.line}. Keep one initial state.`;
    collector.add('duplicate-name', message, second.place);
  }
  if (!initial) {
    const message = `"${machine.name.text}" has no initial state. Draw one, with a transition to the first action.`;
    collector.add('xml-element', message, machine.place);
    return undefined;
  }
  if (!machine.vertices.some(({ kind }) => kind === 'final')) {
    const message = `"${machine.name.text}" has no final state. Draw one behind the last action.`;
    collector.add('dead-end', message, machine.place);
  }
  const reached = reach(initial, edges);
  for (const vertex of machine.vertices) {
    if (!reached.has(vertex) && vertex.kind !== 'initial' && vertex.kind !== 'other') {
      const message = `no way leads from the initial state to ${describeVertex(vertex)}. Draw a transition to it, or remove it.`;
      collector.add('unreachable', message, vertex.place);
    }
  }
  const used = edges.filter(({ from }) => reached.has(from));
  const vertices = machine.vertices.filter((vertex) => reached.has(vertex));
  const heads = circles(initial, vertices, used, collector);
  checkDegrees(vertices, used, heads, collector);
  return { vertices, edges: used, initial };
}

function checkParts(machine: UmlStateMachine, collector: Collector): void {
  for (const vertex of machine.vertices) {
    if (vertex.unsupported === undefined) continue;
    const message =
      vertex.kind === 'other'
        ? `"${machine.name.text}" has ${article(vertex.unsupported)}, which TUNe's diagrams do not have: they are made of actions, forks and joins.`
        : `${describeVertex(vertex)} has ${vertex.unsupported}, which would be lost: what a state does is its name. Draw a state for it.`;
    collector.add('value', message, vertex.place);
  }
  for (const { unsupported } of machine.transitions) {
    if (!unsupported) continue;
    const message = `the transition has ${unsupported.text}, which would be lost: TUNe's transitions lead on when an action is done, and have none.`;
    collector.add('value', message, unsupported.place);
  }
}

function article(what: string): string {
  return what.startsWith('a ') ? what : `a ${what}`;
}

function resolveTransitions(machine: UmlStateMachine, collector: Collector): GraphEdge[] {
  const byId = new Map<string, UmlVertex>();
  for (const vertex of machine.vertices) {
    const other = byId.get(vertex.id);
    if (vertex.id === '') continue;
    if (other) {
      const message = `the id "${vertex.id}" is that of ${describeVertex(other)} on line ${other.place.line} already.`;
      collector.add('duplicate-name', message, vertex.place);
    } else byId.set(vertex.id, vertex);
  }
  const find = (reference: UmlText, end: string): UmlVertex | undefined => {
    const vertex = byId.get(reference.text);
    if (!vertex) {
      const message =
        reference.text === ''
          ? `a transition of "${machine.name.text}" has no ${end}.`
          : `the ${end} "${reference.text}" of a transition is no state of "${machine.name.text}".${suggest(reference.text, byId.keys())}`;
      collector.add('unknown-state', message, reference.place);
    }
    return vertex;
  };
  return machine.transitions.flatMap(({ source, target }) => {
    const from = find(source, 'source');
    const to = find(target, 'target');
    return from && to ? [{ from, to }] : [];
  });
}

function successors(edges: readonly GraphEdge[]): (vertex: UmlVertex) => readonly UmlVertex[] {
  const map = new Map<UmlVertex, UmlVertex[]>();
  for (const { from, to } of edges) {
    const known = map.get(from);
    if (known) known.push(to);
    else map.set(from, [to]);
  }
  return (vertex) => map.get(vertex) ?? [];
}

function reach(initial: UmlVertex, edges: readonly GraphEdge[]): ReadonlySet<UmlVertex> {
  const next = successors(edges);
  const reached = new Set([initial]);
  for (const vertex of reached) for (const successor of next(vertex)) reached.add(successor);
  return reached;
}

/** Reports circles by the vertex at which they are entered, and returns those vertices. */
function circles(
  initial: UmlVertex,
  vertices: readonly UmlVertex[],
  edges: readonly GraphEdge[],
  collector: Collector,
): ReadonlySet<UmlVertex> {
  const next = successors(edges);
  const heads = new Set<UmlVertex>();
  const state = new Map<UmlVertex, 'open' | 'closed'>();
  const path: { vertex: UmlVertex; rest: UmlVertex[] }[] = [];
  const enter = (vertex: UmlVertex) => {
    state.set(vertex, 'open');
    path.push({ vertex, rest: [...next(vertex)] });
  };
  enter(initial);
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const successor = top.rest.shift();
    if (!successor) {
      state.set(top.vertex, 'closed');
      path.pop();
    } else if (state.get(successor) === 'open') heads.add(successor);
    else if (!state.has(successor)) enter(successor);
  }
  for (const vertex of vertices.filter((candidate) => heads.has(candidate))) {
    const message = `transitions lead from ${describeVertex(vertex)} round in a circle back to it: it would never end. Let an event start the diagram again instead.`;
    collector.add('endless-loop', message, vertex.place);
  }
  return heads;
}

/** Which vertices may have several transitions out of or into them. */
const MANY = { out: ['fork'], into: ['join', 'other'] };

function checkDegrees(
  vertices: readonly UmlVertex[],
  edges: readonly GraphEdge[],
  heads: ReadonlySet<UmlVertex>,
  collector: Collector,
): void {
  const out = new Map<UmlVertex, number>();
  const into = new Map<UmlVertex, number>();
  for (const { from, to } of edges) {
    out.set(from, (out.get(from) ?? 0) + 1);
    into.set(to, (into.get(to) ?? 0) + 1);
  }
  let ends = 0;
  for (const vertex of vertices) {
    const leaving = out.get(vertex) ?? 0;
    const entering = into.get(vertex) ?? 0;
    const what = describeVertex(vertex);
    if (vertex.kind === 'final') {
      ends += entering;
      if (leaving > 0) collector.add('value', 'a transition leaves the final state. Remove it.', vertex.place);
      else if (ends > 1 && entering > 0) {
        const message =
          'several branches end in a final state, each for itself. Join them first, for the end to wait for all.';
        collector.add('value', message, vertex.place);
      }
      continue;
    }
    if (leaving === 0 && vertex.kind !== 'other') {
      const message = `no transition leaves ${what}, so the diagram would never end. Lead on to a final state.`;
      collector.add('dead-end', message, vertex.place);
    }
    if (leaving > 1 && !MANY.out.includes(vertex.kind) && vertex.kind !== 'other') {
      const message = `${leaving} transitions leave ${what}, and TUNe's diagrams have no choice. Put a fork behind it for branches side by side.`;
      collector.add('value', message, vertex.place);
    }
    if (entering > 1 && !MANY.into.includes(vertex.kind) && !heads.has(vertex)) {
      const message = `${entering} transitions enter ${what}. Put a join before it, for it to wait for all of them.`;
      collector.add('value', message, vertex.place);
    }
  }
}
