import type { Edge, Graph, Node, Subgraph } from '@viz-js/viz';
import type { Diagram } from '../../core/model/diagram.js';
import { AttituneError } from '../../core/model/errors.js';
import { isScxmlDiagram } from '../statechart/index.js';
import type { Chart, StateNode, TransitionNode } from '../statechart/index.js';
import { layOut } from './graphviz.js';
import { boxLabel, escapeXml, lineLabel } from './rich-text.js';
import { stateLines, transitionLines } from './step-text.js';
import { dress, FONT } from './style.js';

/**
 * Draws a statechart as an SVG that stands alone. The group of a state has class `state`, id `state-ID` and
 * `data-state="ID"`; that of a transition class `transition` and `data-transition` with its id in the chart, and
 * `data-source`, `data-event`. A page lights them by adding the class `active`.
 */
export async function drawDiagram(diagram: Diagram): Promise<string> {
  if (!isScxmlDiagram(diagram))
    throw new AttituneError('internal', `"${diagram.name}" is no statechart that can be drawn.`);
  const { chart } = diagram;
  const svg = await layOut(new ChartGraph(chart).graph());
  return dress(nameGroups(svg, chart), escapeXml(chart.name));
}

class ChartGraph {
  readonly #edges: Edge[] = [];
  /** Compound states with a transition to themselves or into themselves: it starts at a point inside. */
  readonly #anchored = new Set<StateNode>();

  constructor(private readonly chart: Chart) {}

  graph(): Graph {
    for (const transition of this.chart.transitions) this.#transition(transition);
    const inside = this.#inside(this.chart.root);
    return {
      directed: true,
      graphAttributes: {
        ...{ compound: true, rankdir: 'TB', bgcolor: 'transparent', pad: 0.2, nodesep: 0.45, ranksep: 0.5 },
        ...{ fontname: FONT, fontsize: 14 },
      },
      nodeAttributes: { fontname: FONT, fontsize: 14, shape: 'box', style: 'rounded,filled', margin: '0.08,0.04' },
      edgeAttributes: { fontname: FONT, fontsize: 12.5, arrowsize: 0.7 },
      ...inside,
      edges: this.#edges,
    };
  }

  #inside(state: StateNode): { nodes: Node[]; subgraphs: Subgraph[] } {
    const nodes: Node[] = [];
    const subgraphs: Subgraph[] = [];
    if (startsSomewhere(state)) nodes.push(point(initialName(state), 0.13));
    if (this.#anchored.has(state)) nodes.push(point(anchorName(state), 0.06));
    for (const history of state.histories) nodes.push(historyNode(history));
    for (const child of state.children) {
      if (isBox(child)) nodes.push(stateNode(child));
      else subgraphs.push(this.#cluster(child));
    }
    return { nodes, subgraphs };
  }

  #cluster(state: StateNode): Subgraph {
    return {
      name: clusterName(state),
      graphAttributes: {
        ...{ id: nameOf(state), class: classesOf(state), style: 'rounded', labeljust: 'l', margin: 14 },
        label: boxLabel({ title: state.authored ? state.id : '', lines: stateLines(state) }),
      },
      ...this.#inside(state),
    };
  }

  #transition(transition: TransitionNode): void {
    const { source } = transition;
    const isInitial = source.initial === transition && source.kind !== 'history';
    if (isInitial && !startsSomewhere(source)) return;
    const targets = transition.targets.length > 0 ? transition.targets : [source];
    for (const [index, target] of targets.entries()) {
      const tail = isInitial ? { name: initialName(source) } : this.#end(source, target, 'tail');
      const head = this.#end(target, source, 'head');
      const lines = transitionLines(transition);
      this.#edges.push({
        tail: tail.name,
        head: head.name,
        attributes: {
          id: `${transition.id}_${index}`,
          class: 'line transition',
          ...(lines.length > 0 ? { label: lineLabel(lines) } : {}),
          ...(tail.cluster ? { ltail: tail.cluster } : {}),
          ...(head.cluster ? { lhead: head.cluster } : {}),
        },
      });
    }
  }

  /**
   * Where an edge ends. A compound state is met at its border, by an edge to where it starts or from its last state, so
   * that the picture flows downwards; or at a point inside it, where the other end is inside too.
   */
  #end(state: StateNode, other: StateNode, side: 'tail' | 'head'): { name: string; cluster?: string } {
    if (isBox(state) || state.kind === 'history') return { name: nameOf(state) };
    if (other.order >= state.order && other.order <= state.last) {
      this.#anchored.add(state);
      return { name: anchorName(state) };
    }
    return { name: side === 'head' ? firstInside(state) : lastInside(state), cluster: clusterName(state) };
  }
}

function firstInside(state: StateNode): string {
  if (startsSomewhere(state)) return initialName(state);
  const first = state.children[0] ?? state.histories[0];
  return first && !isBox(first) ? firstInside(first) : nameOf(first ?? state);
}

function lastInside(state: StateNode): string {
  const last = state.children.at(-1) ?? state.histories.at(-1);
  return last && !isBox(last) ? lastInside(last) : nameOf(last ?? state);
}

function stateNode(state: StateNode): Node {
  const shape = state.kind === 'final' ? { peripheries: 2 } : {};
  const label = boxLabel({
    title: state.authored || state.kind !== 'final' ? state.id : 'end',
    lines: stateLines(state),
  });
  return { name: nameOf(state), attributes: { id: nameOf(state), class: classesOf(state), label, ...shape } };
}

function historyNode(state: StateNode): Node {
  const attributes = { id: nameOf(state), class: classesOf(state), shape: 'circle', fixedsize: true, width: 0.36 };
  return { name: nameOf(state), attributes: { ...attributes, label: state.deep ? 'H*' : 'H' } };
}

function point(name: string, width: number): Node {
  return { name, attributes: { id: name, class: 'mark', shape: 'point', width } };
}

function classesOf(state: StateNode): string {
  const region = state.parent?.kind === 'parallel' ? ' region' : '';
  return `box state ${state.kind}${state.kind === 'parallel' ? ' compound' : ''}${region}`;
}

function isBox(state: StateNode): boolean {
  return state.children.length === 0 && state.histories.length === 0;
}

function startsSomewhere(state: StateNode): boolean {
  return (state.kind === 'compound' || state.kind === 'scxml') && (state.initial?.targets.length ?? 0) > 0;
}

const nameOf = (state: StateNode) => `state${state.order}`;
const clusterName = (state: StateNode) => `cluster${state.order}`;
const anchorName = (state: StateNode) => `anchor${state.order}`;
const initialName = (state: StateNode) => `initial${state.order}`;

/** Gives groups the names of the diagram; Graphviz gets numbers only, so that no id of an author's can upset it. */
function nameGroups(svg: string, chart: Chart): string {
  return svg
    .replace(/<g id="state(\d+)"/g, (_, order: string) => {
      const id = escapeXml((chart.states[Number(order)] as StateNode).id);
      return `<g id="state-${id}" data-state="${id}"`;
    })
    .replace(/<g id="t(\d+)_(\d+)"/g, (_, number: string, index: string) => {
      const { id, source, events } = chart.transitions[Number(number)] as TransitionNode;
      const names = `data-source="${escapeXml(source.id)}" data-event="${escapeXml(events.join(' '))}"`;
      return `<g id="transition-${id}${index === '0' ? '' : `-${index}`}" data-transition="${id}" ${names}`;
    });
}
