import type { Item, Link } from '../scene.js';
import type { Point } from './graphviz.js';

/** A box with everything inside it in place; the origin is its own upper left corner. */
export interface LevelLayout {
  readonly item: Item;
  readonly width: number;
  readonly height: number;
  /** Upper left of title and lines, and how far the rule between them goes. */
  readonly header: Point & { readonly width: number };
  readonly children: readonly { readonly layout: LevelLayout; readonly at: Point }[];
  /** Centres of labels, and of the bars of forks. */
  readonly labels: readonly { readonly link: Link; readonly at: Point }[];
  /** Texts beside lines: the middle of their left edge. */
  readonly texts: readonly { readonly text: string; readonly segment: string; readonly at: Point }[];
  readonly curves: ReadonlyMap<string, Curve>;
  /** Where lines pass its border: the horizontal offset. */
  readonly ports: ReadonlyMap<string, { readonly x: number; readonly side: 'top' | 'bottom' }>;
  /** Horizontal offsets of the lines between regions, and where these begin. */
  readonly separators: { readonly at: readonly number[]; readonly from: number };
}

/** From source to target: parts that are drawn one after the other, with gaps where labels are. */
export interface Curve {
  /** Each a start and three points for each cubic Bézier curve. */
  readonly parts: readonly (readonly Point[])[];
  /** Where an arrow ends; the last part ends at its foot. */
  readonly tip?: Point | undefined;
}

/** A straight line as a Bézier curve. */
export function straight(from: Point, to: Point): Point[] {
  const at = (part: number) => ({ x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part });
  return [from, at(1 / 3), at(2 / 3), to];
}

export function movedBy(curve: Curve, { x, y }: Point): Curve {
  const move = (point: Point) => ({ x: point.x + x, y: point.y + y });
  return {
    parts: curve.parts.map((part) => part.map(move)),
    ...(curve.tip ? { tip: move(curve.tip) } : {}),
  };
}
