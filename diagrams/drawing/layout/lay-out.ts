import type { Item, Link, Scene } from '../scene.js';
import { DOT_SIZE, headerSize, HISTORY_SIZE } from '../text/sizes.js';
import { graphviz } from './graphviz.js';
import type { Point } from './graphviz.js';
import type { Curve, LevelLayout } from './level-layout.js';
import { movedBy } from './level-layout.js';
import { fitsColumns, placeColumns } from './place-columns.js';
import { placeLevel } from './place-level.js';
import { planRoutes } from './routes.js';
import type { Level, Plan } from './routes.js';
import { Tree } from './tree.js';

/** A scene with everything in place, in pixels from the upper left corner. */
export interface Picture {
  readonly scene: Scene;
  readonly width: number;
  readonly height: number;
  /** Outer ones before what is in them; the root, which is not drawn, is left out. */
  readonly boxes: readonly PlacedBox[];
  readonly lines: readonly PlacedLine[];
}

export interface PlacedBox {
  readonly item: Item;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly header: LevelLayout['header'];
  readonly separators: LevelLayout['separators'];
  /** A column of the box around it, which has no border of its own. */
  readonly isColumn: boolean;
}

export interface PlacedLine {
  readonly link: Link;
  readonly curves: readonly Curve[];
  /** Centre of its label, or of the bar where it forks. */
  readonly joint?: Point;
  readonly texts: readonly { readonly text: string; readonly at: Point }[];
}

/** Places everything: the inside of each box by itself, from the innermost outwards, so that no line crosses a box it has no business in. */
export async function layOut(scene: Scene): Promise<Picture> {
  const run = await graphviz();
  const tree = new Tree(scene.root);
  const plan = planRoutes(tree, scene.links);
  const place = (item: Item): LevelLayout => {
    const level = plan.levels.get(item) as Level;
    if (item.children.length === 0 && level.ports.length === 0) return leaf(item);
    const children = item.children.map(place);
    return fitsColumns(item, level)
      ? placeColumns(item, level, children)
      : placeLevel(item, level, children, plan.arrows, run);
  };
  const root = place(scene.root);
  return { scene, width: root.width, height: root.height, ...absolute(root, scene, plan) };
}

function leaf(item: Item): LevelLayout {
  const size =
    item.shape === 'dot'
      ? { width: DOT_SIZE, height: DOT_SIZE }
      : item.shape === 'history'
        ? { width: HISTORY_SIZE, height: HISTORY_SIZE }
        : headerSize(item);
  return {
    ...{ item, ...size, header: { x: 0, y: 0, width: size.width }, children: [], labels: [], texts: [] },
    ...{ curves: new Map(), ports: new Map(), separators: { at: [], from: 0 } },
  };
}

function absolute(root: LevelLayout, scene: Scene, plan: Plan): Pick<Picture, 'boxes' | 'lines'> {
  const boxes: PlacedBox[] = [];
  const curves = new Map<string, Curve>();
  const joints = new Map<Link, Point>();
  const texts = new Map<string, { text: string; at: Point }[]>();
  const walk = (layout: LevelLayout, at: Point, isColumn: boolean) => {
    const add = (point: Point) => ({ x: point.x + at.x, y: point.y + at.y });
    const { item, width, height, separators } = layout;
    if (item !== scene.root)
      boxes.push({
        item,
        ...at,
        width,
        height,
        header: { ...layout.header, ...add(layout.header) },
        separators,
        isColumn,
      });
    for (const [key, curve] of layout.curves) curves.set(key, movedBy(curve, at));
    for (const label of layout.labels) joints.set(label.link, add(label.at));
    for (const { text, segment, at: place } of layout.texts)
      texts.set(segment, [...(texts.get(segment) ?? []), { text, at: add(place) }]);
    for (const child of layout.children) walk(child.layout, add(child.at), separators.at.length > 0);
  };
  walk(root, { x: 0, y: 0 }, false);
  const lines = scene.links.map((link) => {
    const steps = [
      ...new Set(
        plan.routes
          .filter((route) => route.link === link)
          .flatMap((route) => route.steps.map(({ segment }) => segment)),
      ),
    ];
    const joint = joints.get(link);
    return {
      link,
      curves: steps.flatMap((key) => curves.get(key) ?? []),
      texts: steps.flatMap((key) => texts.get(key) ?? []),
      ...(joint ? { joint } : {}),
    };
  });
  return { boxes, lines };
}
