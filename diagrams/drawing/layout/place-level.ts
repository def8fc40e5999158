import type { Item } from '../scene.js';
import { headerSize } from '../text/sizes.js';
import type { Size } from '../text/sizes.js';
import type { Point, Positions } from './graphviz.js';
import { CARD_GAP, childName, HEADER, labelName, levelGraph, portName } from './level-graph.js';
import type { LevelGraph } from './level-graph.js';
import { movedBy, straight } from './level-layout.js';
import type { Curve, LevelLayout } from './level-layout.js';
import { beside, components, shelves } from './packing.js';
import type { Level, Segment } from './routes.js';

/** Around what is inside a box. */
const INSET = 16;
const ARROW_LENGTH = 7;

/** Lays out the inside of one box, whose children are laid out already. */
export function placeLevel(
  item: Item,
  level: Level,
  children: readonly LevelLayout[],
  arrows: ReadonlySet<string>,
  run: (graph: LevelGraph['graph']) => Positions,
): LevelLayout {
  const header = headerSize(item);
  const inBlock = level.ports.some(({ side }) => side === 'top') && header.width > 0 ? header : undefined;
  const blocks = components(children, level).map((part, index) =>
    placeBlock(part.children, part.level, arrows, index === 0 ? inBlock : undefined, run),
  );
  const [first, ...others] = blocks;
  const { places, width } = first && level.ports.length > 0 ? beside(first, others) : shelves(blocks);
  const inset = item.title === '' && item.note === undefined && item.lines.length === 0 ? 0 : INSET;
  const left = inset + Math.max(0, (header.width - width) / 2 - inset);
  // Graphviz leaves room above what stands in its first row
  const above = Math.min(...blocks.flatMap((block) => (block.header ? [block.header.y] : [])), Infinity);
  const top = Number.isFinite(above) ? -above : header.height > 0 ? header.height : inset;
  const moved = blocks.map((block, index) => {
    const { x, y } = places[index] as Point;
    return { block, by: { x: left + x, y: (block.header ? top : Math.max(top, inset)) + y } };
  });
  const bottom = Math.max(header.height, ...moved.map(({ block, by }) => by.y + block.height));
  const outer = {
    width: Math.ceil(Math.max(header.width, width + 2 * inset)),
    height: Math.ceil(bottom + inset),
  };
  const headers = moved.flatMap(({ block, by }) => (block.header ? [{ x: 0, y: block.header.y + by.y }] : []));
  return {
    item,
    ...outer,
    header: { ...(headers[0] ?? { x: 0, y: 0 }), width: inBlock ? inBlock.width : outer.width },
    children: moved.flatMap(({ block, by }) => block.children.map((child) => ({ ...child, at: add(child.at, by) }))),
    labels: moved.flatMap(({ block, by }) => block.labels.map((label) => ({ ...label, at: add(label.at, by) }))),
    texts: moved.flatMap(({ block, by }) => block.texts.map((text) => ({ ...text, at: add(text.at, by) }))),
    ports: new Map(
      moved.flatMap(({ block, by }) =>
        [...block.ports].map(([key, port]) => [key, { side: port.side, x: port.at.x + by.x }] as const),
      ),
    ),
    curves: new Map(
      moved.flatMap(({ block, by }) =>
        [...block.curves].map(([key, { segment, curve }]) => {
          const reached = toBorders(movedBy(curve, by), segment, outer.height, arrows.has(key));
          return [key, reached] as const;
        }),
      ),
    ),
    separators: { at: [], from: 0 },
  };
}

interface Block extends Size {
  readonly header: Point | undefined;
  readonly children: LevelLayout['children'];
  readonly labels: LevelLayout['labels'];
  readonly texts: LevelLayout['texts'];
  readonly ports: ReadonlyMap<string, { readonly at: Point; readonly side: 'top' | 'bottom' }>;
  readonly curves: ReadonlyMap<string, { readonly segment: Segment; readonly curve: Curve }>;
}

function placeBlock(
  children: readonly LevelLayout[],
  level: Level,
  arrows: ReadonlySet<string>,
  header: Size | undefined,
  run: (graph: LevelGraph['graph']) => Positions,
): Block {
  const request = levelGraph(children, level, arrows, header);
  const positions = run(request.graph);
  const at = (name: string) => positions.nodes.get(name) ?? { x: 0, y: 0 };
  const corner = (name: string, { width, height }: Size) => add(at(name), { x: -width / 2, y: -height / 2 });
  return {
    width: positions.width,
    height: positions.height,
    header: header && corner(HEADER, header),
    children: children.map((layout) => ({ layout, at: rounded(corner(childName(layout.item), layout)) })),
    labels: level.labels.map((link) => ({ link, at: at(labelName(link)) })),
    texts: request.texts.map(({ node, text, segment }) => ({
      text,
      segment,
      at: add(at(node), { x: CARD_GAP, y: 0 }),
    })),
    ports: new Map(level.ports.map(({ key, side }) => [key, { at: at(portName(key)), side }])),
    curves: new Map(
      level.segments.map((segment) => [
        segment.key,
        { segment, curve: joined(request.edges.get(segment.key) ?? [], segment, positions) },
      ]),
    ),
  };
}

/** The edges of a segment one after the other; Graphviz gives those that lead upwards from their end to their start. */
function joined(ids: readonly string[], segment: Segment, positions: Positions): Curve {
  const splines = ids.flatMap((id) => positions.edges.get(id) ?? []);
  const parts = splines.map(({ points }) => (segment.upwards ? [...points].reverse() : points));
  const last = splines.at(-1);
  return {
    // texts stand beside their line, so it goes on through their places
    parts: [
      parts.reduce(
        (whole, part) => [...whole, ...bridge(whole.at(-1), part[0]), ...part.slice(1)],
        parts[0]?.slice(0, 1) ?? [],
      ),
    ],
    tip: segment.upwards ? last?.startTip : last?.endTip,
  };
}

function bridge(from: Point | undefined, to: Point | undefined): Point[] {
  return from && to && (from.x !== to.x || from.y !== to.y) ? straight(from, to).slice(1) : [];
}

/** A line that goes through the border of the box is led there from its port, straight up or down. */
function toBorders({ parts: [line = []], tip }: Curve, segment: Segment, height: number, arrow: boolean): Curve {
  const border = (end: Segment['from'], isStart: boolean) =>
    end.kind === 'border' ? (segment.upwards === isStart ? height : 0) : undefined;
  const startY = border(segment.from, true);
  const endY = border(segment.to, false);
  const [first, last] = [line[0], line.at(-1)];
  let points = line;
  if (startY !== undefined && first) points = [...straight({ x: first.x, y: startY }, first), ...points.slice(1)];
  if (endY === undefined || !last) return { parts: [points], tip };
  const end = { x: last.x, y: endY };
  const foot = arrow ? { x: end.x, y: end.y - Math.sign(end.y - last.y) * ARROW_LENGTH } : end;
  return { parts: [[...points, ...straight(last, foot).slice(1)]], ...(arrow ? { tip: end } : {}) };
}

function add(a: Point, b: Point): Point {
  return { x: a.x + b.x, y: a.y + b.y };
}

function rounded({ x, y }: Point): Point {
  return { x: Math.round(x * 100) / 100, y: Math.round(y * 100) / 100 };
}
