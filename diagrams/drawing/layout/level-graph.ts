import type { Edge, Graph, Node, Subgraph } from '@viz-js/viz';
import type { Item, Link } from '../scene.js';
import { labelSize, LABEL } from '../text/sizes.js';
import type { Size } from '../text/sizes.js';
import { textWidth } from '../text/text-width.js';
import type { LevelLayout } from './level-layout.js';
import type { End, Level, Segment } from './routes.js';

/** What Graphviz is asked to place: the children of one box as rectangles of known size, labels and ports as nodes. */
export interface LevelGraph {
  readonly graph: Graph;
  /** Ids of the edges of each segment, from its source to its target. */
  readonly edges: ReadonlyMap<string, readonly string[]>;
  /** Nodes for texts beside a line. */
  readonly texts: readonly { readonly node: string; readonly text: string; readonly segment: string }[];
}

export const CARD_GAP = 5;
const POINTS_PER_INCH = 72;
const FORK: Size = { width: 46, height: 5 };

export const childName = (item: Item) => `n_${item.key}`;
export const labelName = (link: Link) => `l_${link.key}`;
export const portName = (port: string) => `b_${port}`;
export const HEADER = 'header';

export function jointSize(link: Link): Size {
  return link.label.length > 0 ? labelSize(link.label) : FORK;
}

/** `header` is given where lines come in from above, so that they pass beside it. */
export function levelGraph(
  children: readonly LevelLayout[],
  level: Level,
  arrows: ReadonlySet<string>,
  header: Size | undefined,
): LevelGraph {
  const nodes: Node[] = [
    ...children.map(childNode),
    ...level.labels.map((link) => rectangle(labelName(link), jointSize(link))),
  ];
  const links: Edge[] = [];
  const edges = new Map<string, string[]>();
  const texts: { node: string; text: string; segment: string }[] = [];
  for (const segment of level.segments) {
    const cards = cardsOf(segment);
    for (const { name, text } of cards) {
      nodes.push(rectangle(name, { width: 2 * (textWidth(text, LABEL) + CARD_GAP), height: 14 }));
      texts.push({ node: name, text, segment: segment.key });
    }
    const stops: Stop[] = [endStop(segment.from), ...cards.map(({ name }) => ({ node: name })), endStop(segment.to)];
    const ids = stops.slice(1).map((_, index) => `${segment.key}_${index}`);
    edges.set(segment.key, ids);
    for (const [index, id] of ids.entries()) {
      const last = index === ids.length - 1;
      const arrow = last && arrows.has(segment.key) && segment.to.kind === 'child';
      const near = cards.length > 0 && (index === 0 || last);
      links.push(edge(id, stops[index] as Stop, stops[index + 1] as Stop, segment.upwards, arrow, near));
    }
  }
  return { graph: graphOf(nodes, bands(level, header), links), edges, texts };
}

interface Stop {
  readonly node: string;
  readonly port?: string | undefined;
  /** Joints and ports are met in their middle, boxes wherever it suits. */
  readonly anywhere?: boolean;
}

function endStop(end: End): Stop {
  if (end.kind === 'label') return { node: labelName(end.link) };
  if (end.kind === 'border') return { node: portName(end.port) };
  return { node: childName(end.item), port: end.port, anywhere: end.port === undefined };
}

function cardsOf({ key, fromText, toText }: Segment) {
  return [fromText, toText].flatMap((text, index) => (text === undefined ? [] : [{ name: `c_${key}_${index}`, text }]));
}

function edge(id: string, from: Stop, to: Stop, upwards: boolean, arrow: boolean, near: boolean): Edge {
  const [upper, lower] = upwards ? [to, from] : [from, to];
  return {
    tail: upper.node,
    head: lower.node,
    attributes: {
      id,
      dir: arrow ? (upwards ? 'back' : 'forward') : 'none',
      ...(near ? { weight: 8 } : {}),
      ...(upper.anywhere ? {} : { tailport: upper.port ? `${upper.port}:s` : 's' }),
      ...(lower.anywhere ? {} : { headport: lower.port ? `${lower.port}:n` : 'n' }),
    },
  };
}

function rectangle(name: string, { width, height }: Size): Node {
  return { name, attributes: { width: width / POINTS_PER_INCH, height: height / POINTS_PER_INCH } };
}

/** A child that lines go into offers its ports to Graphviz as cells of a table. */
function childNode(child: LevelLayout): Node {
  const node = rectangle(childName(child.item), child);
  if (child.ports.size === 0) return node;
  const row = (side: 'top' | 'bottom') => {
    const ports = [...child.ports].filter(([, port]) => port.side === side).sort(([, a], [, b]) => a.x - b.x);
    let at = 0;
    const cells = ports.flatMap(([key, { x }]) => {
      const left = Math.round(x) - 1;
      const gap = left - at;
      at = left + 2;
      return [...(gap > 0 ? [cell(gap, 1)] : []), cell(2, 1, key)];
    });
    return table(`<TR>${[...cells, ...(child.width > at ? [cell(child.width - at, 1)] : [])].join('')}</TR>`);
  };
  const html = table(
    [row('top'), cell(child.width, child.height - 2), row('bottom')]
      .map((content) => `<TR>${content.startsWith('<TABLE') ? `<TD>${content}</TD>` : content}</TR>`)
      .join(''),
  );
  return { ...node, attributes: { ...node.attributes, label: { html } } };
}

const table = (rows: string) => `<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="0">${rows}</TABLE>`;

function cell(width: number, height: number, port?: string): string {
  return `<TD${port === undefined ? '' : ` PORT="${port}"`} FIXEDSIZE="TRUE" WIDTH="${width}" HEIGHT="${height}"></TD>`;
}

/** The ports at the top beside the header, those at the bottom below everything. */
function bands(level: Level, header: Size | undefined): { subgraphs: Subgraph[]; edges: Edge[] } {
  const ports = (side: 'top' | 'bottom') =>
    level.ports
      .filter((port) => port.side === side)
      .map(({ key }) => rectangle(portName(key), { width: 12, height: 2 }));
  const top = ports('top');
  const bottom = ports('bottom');
  const subgraphs: Subgraph[] = [];
  if (top.length > 0) {
    const nodes = [...(header ? [rectangle(HEADER, header)] : []), ...top];
    subgraphs.push({ name: 'above', graphAttributes: { rank: 'source' }, nodes });
  }
  if (bottom.length > 0) subgraphs.push({ name: 'below', graphAttributes: { rank: 'sink' }, nodes: bottom });
  const edges = header
    ? top.map(({ name }) => ({ tail: HEADER, head: name, attributes: { style: 'invis', dir: 'none' as const } }))
    : [];
  return { subgraphs, edges };
}

/**
 * Graphviz's search for few crossings takes minutes where hundreds of states are joined at random: it is cut short, and
 * above that lines are drawn straight, which may then lie on boxes.
 */
function effort(nodes: number): Readonly<Record<string, number | string>> {
  if (nodes <= 200) return {};
  if (nodes <= 500) return { nslimit: 2, nslimit1: 2, mclimit: 0.2 };
  return { nslimit: 0.2, nslimit1: 0.2, mclimit: 0.02, splines: 'line' };
}

function graphOf(nodes: Node[], { subgraphs, edges }: ReturnType<typeof bands>, links: Edge[]): Graph {
  return {
    directed: true,
    graphAttributes: {
      ...{ rankdir: 'TB', nodesep: 24 / POINTS_PER_INCH, ranksep: 20 / POINTS_PER_INCH, pad: 0 },
      ...effort(nodes.length),
    },
    nodeAttributes: { shape: 'box', fixedsize: true, margin: 0, label: '', fontsize: 1 },
    edgeAttributes: { arrowsize: 0.7 },
    nodes,
    subgraphs,
    edges: [...edges, ...links],
  };
}
