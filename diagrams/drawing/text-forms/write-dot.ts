import type { Item, Line, Link, Scene } from '../scene.js';
import { hasJoint, planRoutes } from '../layout/routes.js';
import type { Route } from '../layout/routes.js';
import { Tree } from '../layout/tree.js';
import { LABEL, labelRows, textRows } from '../text/sizes.js';

/**
 * The scene as source text for Graphviz's `dot`, for people who go on with it there: a cluster for each box around
 * others, labels as nodes in their lines, as in our own pictures, and lines that lead upwards marked as such.
 */
export function writeDot(scene: Scene): string {
  return new DotWriter(scene).write();
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

class DotWriter {
  readonly #tree: Tree;
  readonly #routes: readonly Route[];
  /** Boxes around others at which a line ends: they get a point to tie it to. */
  readonly #tied = new Set<Item>();

  constructor(private readonly scene: Scene) {
    this.#tree = new Tree(scene.root);
    this.#routes = planRoutes(this.#tree, scene.links).routes;
    for (const { link, target } of this.#routes)
      for (const end of [link.from, target]) if (end.children.length > 0) this.#tied.add(end);
  }

  write(): string {
    const { scene } = this;
    const font = { fontname: 'Helvetica' };
    return [
      `digraph ${quoted(scene.name)} {`,
      `  graph${attributes({ ...font, compound: 'true', fontsize: 13, labeljust: 'l', nodesep: 0.35, ranksep: 0.28, style: 'rounded', color: '#64748b' })}`,
      `  node${attributes({ ...font, fontsize: 12, shape: 'box', style: 'rounded', color: '#64748b', height: 0.3, margin: '0.12,0.06' })}`,
      `  edge${attributes({ ...font, fontsize: LABEL.size, color: '#64748b', arrowsize: 0.7 })}`,
      '',
      ...this.#inside(scene.root, '  '),
      '',
      ...scene.links.flatMap((link) => this.#lines(link)).map((line) => `  ${line}`),
      '}',
      '',
    ].join('\n');
  }

  #inside(item: Item, indent: string): string[] {
    const joints = [...new Set(this.#routes.filter(({ home }) => home === item).map(({ link }) => link))].filter(
      hasJoint,
    );
    return [
      ...(this.#tied.has(item)
        ? [`${indent}${quoted(anchor(item))}${attributes({ shape: 'point', style: 'invis', width: 0.01 })}`]
        : []),
      ...item.children.flatMap((child) =>
        child.children.length > 0 ? this.#cluster(child, indent) : [indent + node(child)],
      ),
      ...joints.map((link) => indent + joint(link)),
    ];
  }

  #cluster(item: Item, indent: string): string[] {
    const dashed = item.classes.split(' ').includes('region') ? 'rounded,dashed' : undefined;
    return [
      `${indent}subgraph ${quoted(cluster(item))} {`,
      `${indent}  graph${attributes({ label: boxLabel(item), style: dashed })}`,
      ...this.#inside(item, `${indent}  `),
      `${indent}}`,
    ];
  }

  #lines(link: Link): string[] {
    const routes = this.#routes.filter((route) => route.link === link);
    const [first] = routes;
    if (!first) return [];
    const style = link.dashed ? 'dashed' : undefined;
    const ends = { taillabel: link.fromText, headlabel: link.toText };
    if (!hasJoint(link)) return [this.#edge(link.from, first.target, first, { ...ends, style })];
    const before = { taillabel: link.fromText, arrowhead: 'none', style };
    return [
      this.#edge(link.from, link, { ...first, upwards: first.upwards }, before),
      ...routes.map((route) => this.#edge(link, route.target, route, { headlabel: link.toText, style })),
    ];
  }

  /** A line that leads upwards is written from its lower end, so that what is above stays above. */
  #edge(from: Item | Link, to: Item | Link, { upwards }: Route, given: Attributes): string {
    const [tail, head] = upwards
      ? [this.#end(to, from), this.#end(from, to)]
      : [this.#end(from, to), this.#end(to, from)];
    const { arrowhead, taillabel, headlabel, ...rest } = given;
    const turned = upwards
      ? { dir: arrowhead === 'none' ? 'none' : 'back', taillabel: headlabel, headlabel: taillabel }
      : { arrowhead, taillabel, headlabel };
    return `${quoted(tail.name)} -> ${quoted(head.name)}${attributes({ ...rest, ...turned, ltail: tail.cluster, lhead: head.cluster })}`;
  }

  #end(end: Item | Link, other: Item | Link): { name: string; cluster?: string } {
    if (!('children' in end)) return { name: label(end) };
    if (end.children.length === 0) return { name: nodeName(end) };
    const around = 'children' in other ? this.#tree.ancestry(other).includes(end) : this.#homeOf(other) === end;
    return around ? { name: anchor(end) } : { name: anchor(end), cluster: cluster(end) };
  }

  #homeOf(link: Link): Item | undefined {
    return this.#routes.find((route) => route.link === link)?.home;
  }
}

const nodeName = (item: Item) => item.attributes['id'] ?? `start-${item.key}`;
const cluster = (item: Item) => `cluster_${item.attributes['id'] ?? item.key}`;
const anchor = (item: Item) => `border-${item.attributes['id'] ?? item.key}`;
const label = (link: Link) => link.attributes['id'] ?? link.key;

const MARKS: Partial<Record<Item['shape'], Attributes>> = {
  dot: { shape: 'point', width: 0.15, label: '' },
  history: { shape: 'circle', fixedsize: 'true', width: 0.36 },
  final: { peripheries: 2 },
};

function node(item: Item): string {
  return `${quoted(nodeName(item))}${attributes({ label: boxLabel(item), ...MARKS[item.shape] })}`;
}

function joint(link: Link): string {
  const rows = labelRows(link.label).flat();
  return rows.length > 0
    ? `${quoted(label(link))}${attributes({ shape: 'plain', fontsize: LABEL.size, label: raw(rows.map(escaped).join('\\n')) })}`
    : `${quoted(label(link))}${attributes({ shape: 'box', style: 'filled', fillcolor: '#64748b', width: 0.6, height: 0.06, label: '' })}`;
}

function boxLabel(item: Item): string {
  const title = [item.title, item.note].filter(Boolean).join('  ');
  const rows = textRows(item.lines as Line[]).flatMap((line) =>
    line.map(({ text, indent }) => (indent > 0 ? `   ${text}` : text)),
  );
  return raw(
    rows.length === 0
      ? escaped(title)
      : [...(title === '' ? [] : [title]), ...rows].map((row) => `${escaped(row)}\\l`).join(''),
  );
}

const RAW = '\u0000';
/** Marks text that is escaped already. */
const raw = (text: string) => RAW + text;

function attributes(given: Attributes): string {
  const written = Object.entries(given).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${typeof value === 'number' ? value : quoted(value)}`],
  );
  return written.length > 0 ? ` [${written.join(', ')}]` : '';
}

function quoted(text: string): string {
  return text.startsWith(RAW) ? `"${text.slice(1)}"` : `"${escaped(text)}"`;
}

/** Backslashes start escape sequences in labels, `&` starts an entity. */
function escaped(text: string): string {
  return text
    .replace(/[\u0000-\u001f]+/g, ' ')
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/&/g, '&amp;');
}
