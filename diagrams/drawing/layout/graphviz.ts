import { instance } from '@viz-js/viz';
import type { Graph, Viz } from '@viz-js/viz';
import { AttituneError } from '../../../core/model/errors.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** One box's worth of layout: everything in pixels, the origin at the upper left, y downwards. */
export interface Positions {
  readonly width: number;
  readonly height: number;
  /** Centres of nodes by name. */
  readonly nodes: ReadonlyMap<string, Point>;
  /** By id: a start and three points for each cubic Bézier curve, from tail to head. */
  readonly edges: ReadonlyMap<string, Spline>;
}

export interface Spline {
  readonly points: readonly Point[];
  /** The tips of arrows, where there are any. */
  readonly startTip?: Point;
  readonly endTip?: Point;
}

interface Output {
  readonly bb: string;
  readonly objects?: readonly { readonly name: string; readonly pos?: string }[];
  readonly edges?: readonly { readonly id?: string; readonly pos?: string }[];
}

let loading: Promise<Viz> | undefined;

/** Graphviz in WebAssembly, loaded once. */
export async function graphviz(): Promise<(graph: Graph) => Positions> {
  loading ??= instance();
  const viz = await loading;
  return (graph) => {
    const result = viz.render(graph, { format: 'json0', engine: 'dot', yInvert: true });
    if (result.status === 'success') return read(JSON.parse(result.output) as Output);
    const reasons = result.errors.map(({ message }) => message).join('; ');
    throw new AttituneError('internal', `the picture could not be laid out: ${reasons}`);
  };
}

function read({ bb, objects = [], edges = [] }: Output): Positions {
  const [x1 = 0, y1 = 0, x2 = 0, y2 = 0] = bb.split(',').map(Number);
  return {
    width: Math.abs(x2 - x1),
    height: Math.abs(y2 - y1),
    nodes: new Map(objects.flatMap(({ name, pos }) => (pos === undefined ? [] : [[name, point(pos)]]))),
    edges: new Map(edges.flatMap(({ id, pos }) => (id === undefined || pos === undefined ? [] : [[id, spline(pos)]]))),
  };
}

function point(text: string): Point {
  const [x = 0, y = 0] = text.split(',').map(Number);
  return { x, y };
}

/** Graphviz's splineType: `e,x,y` and `s,x,y` are tips. */
function spline(pos: string): Spline {
  const words = (pos.split(';')[0] ?? '').split(' ');
  const tip = (letter: string) => words.find((word) => word.startsWith(letter))?.slice(2);
  const [start, end] = [tip('s'), tip('e')];
  return {
    points: words.filter((word) => /^[-\d.]/.test(word)).map(point),
    ...(start === undefined ? {} : { startTip: point(start) }),
    ...(end === undefined ? {} : { endTip: point(end) }),
  };
}
