import type { SourcePlace } from '../../core/model/errors.js';
import type { Collector } from '../collect.js';
import type { Action } from './action-name.js';
import { checkGraph, describeVertex, type Graph } from './chart-graph.js';
import type { UmlStateMachine, UmlVertex } from './uml-model.js';

/** What a chart does, one step after the other. */
export type Flow = readonly Step[];

export type Step =
  | { readonly kind: 'action'; readonly action: Action; readonly place: SourcePlace }
  | { readonly kind: 'parallel'; readonly branches: readonly Flow[]; readonly place: SourcePlace };

interface Edge {
  readonly from: UmlVertex;
  readonly to: UmlVertex;
  readonly flow: Flow;
  /** Of its first transition in the document: branches keep the order in which they were drawn. */
  readonly order: number;
}

/**
 * The nesting of a state machine that was drawn as a graph: forks and joins become parallel steps. A statechart has
 * regions inside states where UML has bars, so only series-parallel graphs can be told that way; all others, and
 * graphs that could not run, are refused with the place and the reason (and `undefined` is returned).
 */
export function structureOf(
  machine: UmlStateMachine,
  actions: ReadonlyMap<UmlVertex, Action>,
  collector: Collector,
): Flow | undefined {
  const before = collector.errors.length;
  const graph = checkGraph(machine, collector);
  if (!graph || collector.errors.length > before) return undefined;
  const flow = new Reduction(graph, actions).run(collector);
  if (!flow || depthOf(flow) <= DEEPEST) return flow;
  const message = `the forks of "${machine.name.text}" stand in each other more than ${DEEPEST} deep. Divide it into several diagrams.`;
  collector.add('value', message, machine.place);
  return undefined;
}

/** Each fork nests two elements, and readers of XML take 200. */
const DEEPEST = 90;

/** How many parallel steps stand in each other; without recursion, for it may be many. */
function depthOf(flow: Flow): number {
  let deepest = 0;
  const waiting = [{ flow, depth: 0 }];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { depth } = next;
    deepest = Math.max(deepest, depth);
    for (const step of next.flow) {
      if (step.kind === 'parallel')
        waiting.push(...step.branches.map((branch) => ({ flow: branch, depth: depth + 1 })));
    }
  }
  return deepest;
}

/**
 * Series-parallel reduction (Valdes, Tarjan and Lawler, 1982): a vertex with one edge in and one out joins them into
 * one, several edges between the same two vertices become one. One edge is left if, and only if, the graph is
 * series-parallel.
 */
class Reduction {
  readonly #incoming = new Map<UmlVertex, Set<Edge>>();
  readonly #outgoing = new Map<UmlVertex, Set<Edge>>();

  constructor(
    private readonly graph: Graph,
    private readonly actions: ReadonlyMap<UmlVertex, Action>,
  ) {
    for (const vertex of graph.vertices) {
      this.#incoming.set(vertex, new Set());
      this.#outgoing.set(vertex, new Set());
    }
    graph.edges.forEach(({ from, to }, order) => this.#add({ from, to, flow: [], order }));
  }

  run(collector: Collector): Flow | undefined {
    const inner = this.graph.vertices.filter(({ kind }) => kind !== 'initial' && kind !== 'final');
    const waiting = [...inner];
    for (let vertex = waiting.pop(); vertex; vertex = waiting.pop()) {
      const around = this.#series(vertex) ?? this.#parallel(vertex);
      if (around) waiting.push(...around.filter(({ kind }) => kind !== 'initial' && kind !== 'final'));
    }
    const left = inner.filter((vertex) => this.#out(vertex).length > 0);
    const [edge] = this.#out(this.graph.initial);
    const [first] = left;
    if (!first) return edge?.flow ?? [];
    const knot = left.find(({ kind }) => kind === 'join') ?? first;
    const forks = [...new Set(this.#into(knot).map(({ from }) => from))];
    collector.add(
      'value',
      `the branches that meet in ${describeVertex(knot)} were opened by ${forks.length} different bars (${forks
        .map(({ place }) => `line ${place.line}`)
        .join(
          ', ',
        )}) that have other branches too, so no regions can stand for them. Let each join close what one fork opened.`,
      knot.place,
    );
    return undefined;
  }

  /** One edge in, one edge out: the vertex becomes a step between them. Returns its neighbours. */
  #series(vertex: UmlVertex): readonly UmlVertex[] | undefined {
    const [into, ...moreIn] = this.#into(vertex);
    const [out, ...moreOut] = this.#out(vertex);
    if (!into || !out || moreIn.length > 0 || moreOut.length > 0) return undefined;
    const action = this.actions.get(vertex);
    const step: Flow = action ? [{ kind: 'action', action, place: vertex.place }] : [];
    this.#remove(into);
    this.#remove(out);
    this.#add({ from: into.from, to: out.to, flow: [...into.flow, ...step, ...out.flow], order: into.order });
    return [into.from, out.to];
  }

  /** Several edges to the same vertex become one. Returns both ends of what was joined. */
  #parallel(fork: UmlVertex): readonly UmlVertex[] | undefined {
    const byTarget = new Map<UmlVertex, Edge[]>();
    for (const edge of this.#out(fork)) byTarget.set(edge.to, [...(byTarget.get(edge.to) ?? []), edge]);
    const changed: UmlVertex[] = [];
    for (const [join, edges] of byTarget) {
      if (edges.length < 2) continue;
      edges.sort((a, b) => a.order - b.order).forEach((edge) => this.#remove(edge));
      this.#add({ from: fork, to: join, flow: together(edges, fork.place), order: (edges[0] as Edge).order });
      changed.push(join);
    }
    return changed.length > 0 ? [fork, ...changed] : undefined;
  }

  #into = (vertex: UmlVertex): readonly Edge[] => [...(this.#incoming.get(vertex) ?? [])];
  #out = (vertex: UmlVertex): readonly Edge[] => [...(this.#outgoing.get(vertex) ?? [])];

  #add(edge: Edge): void {
    this.#outgoing.get(edge.from)?.add(edge);
    this.#incoming.get(edge.to)?.add(edge);
  }

  #remove(edge: Edge): void {
    this.#outgoing.get(edge.from)?.delete(edge);
    this.#incoming.get(edge.to)?.delete(edge);
  }
}

/** Branches without steps are left out, and a branch that is nothing but parallel branches becomes those. */
function together(edges: readonly Edge[], place: SourcePlace): Flow {
  const branches = edges
    .map(({ flow }) => flow)
    .filter((flow) => flow.length > 0)
    .flatMap((flow) => (flow.length === 1 && flow[0]?.kind === 'parallel' ? flow[0].branches : [flow]));
  if (branches.length < 2) return branches[0] ?? [];
  return [{ kind: 'parallel', branches, place }];
}
