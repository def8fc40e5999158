import type { Link } from '../scene.js';
import type { Size } from '../text/sizes.js';
import type { Point } from './graphviz.js';
import type { LevelLayout } from './level-layout.js';
import type { End, Level } from './routes.js';

const GAP = 28;
/** Width to height that a box is filled towards. */
const SHAPE = 2;

interface Part {
  readonly children: readonly LevelLayout[];
  readonly level: Level;
}

/**
 * The children of a box, parted into groups that no line joins, each group with its share of the lines. Those that lines
 * from outside lead to stay together, as the first.
 */
export function components(children: readonly LevelLayout[], level: Level): Part[] {
  const groups = new Map<unknown, Set<unknown>>();
  const groupOf = (thing: unknown) => groups.get(thing) ?? groups.set(thing, new Set([thing])).get(thing)!;
  const join = (a: unknown, b: unknown) => {
    const [one, other] = [groupOf(a), groupOf(b)];
    if (one === other) return;
    for (const thing of other) {
      one.add(thing);
      groups.set(thing, one);
    }
  };
  for (const { item } of children) groupOf(item);
  for (const { from, to } of level.segments) join(thingOf(from), thingOf(to));
  for (const { key } of level.ports) join(level.ports[0]?.key, key);
  const bordered = level.ports[0] && groupOf(level.ports[0].key);
  const joined = [...new Set(children.map(({ item }) => groupOf(item)))].filter((group) => group !== bordered);
  return [...(bordered ? [bordered] : []), ...joined].map((group) => ({
    children: children.filter(({ item }) => group.has(item)),
    level: {
      segments: level.segments.filter(({ from }) => group.has(thingOf(from))),
      labels: level.labels.filter((link) => group.has(link)),
      ports: group === bordered ? level.ports : [],
    },
  }));
}

function thingOf(end: End): Link | LevelLayout['item'] | string {
  if (end.kind === 'label') return end.link;
  return end.kind === 'child' ? end.item : end.port;
}

export interface Packing extends Size {
  /** The upper left corner of each block. */
  readonly places: readonly Point[];
}

/** The first block with the others at its right, so that nothing is above or below it. */
export function beside(first: Size, others: readonly Size[]): Packing {
  // as high as the first, if they can be
  const packed = shelves(others, areaOf(others) / first.height ** 2);
  const x = first.width + (others.length > 0 ? GAP : 0);
  return {
    places: [{ x: 0, y: 0 }, ...packed.places.map((place) => ({ x: x + place.x, y: place.y }))],
    width: x + packed.width,
    height: Math.max(first.height, packed.height),
  };
}

function areaOf(blocks: readonly Size[]): number {
  return blocks.reduce((sum, { width, height }) => sum + (width + GAP) * (height + GAP), 0);
}

/** Sets rectangles on shelves from left to right, in their order, one under another where the shelf is high enough. */
export function shelves(blocks: readonly Size[], shape = SHAPE): Packing {
  const most = Math.max(Math.sqrt(areaOf(blocks) * shape), ...blocks.map(({ width }) => width));
  const places: Point[] = [];
  let width = 0;
  let shelf = { top: 0, height: 0 };
  let column = { x: 0, width: 0, bottom: 0 };
  for (const block of blocks) {
    const room = shelf.top + shelf.height;
    const under = column.bottom > 0 && column.bottom + GAP + block.height <= room;
    const widened = Math.max(column.width, block.width);
    if (under && column.x + widened <= Math.max(most, width)) {
      places.push({ x: column.x, y: column.bottom + GAP });
      column = { x: column.x, width: widened, bottom: column.bottom + GAP + block.height };
    } else {
      const x = column.width > 0 ? column.x + column.width + GAP : 0;
      const fits = x === 0 || x + block.width <= most;
      if (!fits) shelf = { top: room + GAP, height: block.height };
      column = { x: fits ? x : 0, width: block.width, bottom: shelf.top + block.height };
      shelf = { ...shelf, height: Math.max(shelf.height, block.height) };
      places.push({ x: column.x, y: shelf.top });
    }
    width = Math.max(width, column.x + column.width);
  }
  return { places, width, height: shelf.top + shelf.height };
}
