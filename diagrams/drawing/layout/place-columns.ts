import type { Item } from '../scene.js';
import { headerSize } from '../text/sizes.js';
import type { Point } from './graphviz.js';
import { straight } from './level-layout.js';
import type { LevelLayout } from './level-layout.js';
import type { Level } from './routes.js';

/** True where regions can stand side by side: nothing joins them, and nothing enters from above. */
export function fitsColumns(item: Item, level: Level): boolean {
  return (
    item.arrangement === 'columns' &&
    item.children.length > 0 &&
    item.children.every(({ shape }) => shape === 'box') &&
    level.labels.length === 0 &&
    level.segments.every(({ from, to }) => from.kind === 'child' && from.port !== undefined && to.kind === 'border') &&
    level.ports.every(({ side }) => side === 'bottom')
  );
}

/** The regions of a parallel state as columns of one height, parted by lines, under its title. */
export function placeColumns(item: Item, level: Level, children: readonly LevelLayout[]): LevelLayout {
  const header = headerSize(item);
  const height = Math.max(...children.map((child) => child.height));
  const natural = children.reduce((sum, { width }) => sum + width, 0);
  const spare = Math.max(0, header.width - natural) / children.length;
  let x = 0;
  const placed = children.map((child) => {
    const width = Math.ceil(child.width + spare);
    const at: Point = { x, y: header.height };
    x += width;
    return { layout: { ...child, width, height: Math.max(height, child.height) }, natural: child.height, at };
  });
  const curves = new Map(
    level.segments.map(({ key, from, to }) => {
      const child = placed.find(({ layout }) => from.kind === 'child' && layout.item === from.item);
      const port = from.kind === 'child' ? child?.layout.ports.get(from.port ?? '') : undefined;
      const at = { x: (child?.at.x ?? 0) + (port?.x ?? 0), y: (child?.at.y ?? 0) + (child?.natural ?? 0) };
      const end = { x: at.x, y: header.height + height };
      return [
        key,
        { key: to.kind === 'border' ? to.port : '', x: at.x, curve: { parts: [straight(at, end)] } },
      ] as const;
    }),
  );
  return {
    item,
    width: x,
    height: header.height + height,
    header: { x: 0, y: 0, width: x },
    children: placed.map(({ layout, at }) => ({ layout, at })),
    labels: [],
    texts: [],
    curves: new Map([...curves].map(([key, { curve }]) => [key, curve])),
    ports: new Map([...curves.values()].map(({ key, x: offset }) => [key, { x: offset, side: 'bottom' as const }])),
    separators: { at: placed.slice(1).map(({ at }) => at.x), from: header.height },
  };
}
