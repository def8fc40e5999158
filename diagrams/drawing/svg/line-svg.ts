import type { PlacedLine } from '../layout/lay-out.js';
import type { Point } from '../layout/graphviz.js';
import { jointSize } from '../layout/level-graph.js';
import type { Curve } from '../layout/level-layout.js';
import { LABEL_ROW_HEIGHT, labelRows } from '../text/sizes.js';
import { escapeXml } from '../text/escape-xml.js';
import { element, number, textElement } from './element.js';

const ARROW_HALF_WIDTH = 3.4;

/** A line with its arrows, its label in a gap of it, and the texts beside it. */
export function lineSvg({ link, curves, joint, texts }: PlacedLine): string {
  const content = [
    element('title', {}, escapeXml(link.tooltip)),
    element('path', { d: pathOf(curves) }),
    ...curves.flatMap(arrow),
    ...(joint ? [link.label.length > 0 ? label(link.label, joint) : bar(joint, jointSize(link))] : []),
    ...texts.map(({ text, at }) => textElement(text, { class: 'end', x: at.x, y: at.y + 4 })),
  ];
  const classes = link.dashed ? `${link.classes} dashed` : link.classes;
  return element('g', { ...link.attributes, class: classes }, content.join(''));
}

function pathOf(curves: readonly Curve[]): string {
  let at: Point | undefined;
  const near = (point: Point) => at !== undefined && Math.hypot(point.x - at.x, point.y - at.y) < 1.5;
  const write = ({ x, y }: Point) => `${number(x)},${number(y)}`;
  return curves
    .flatMap(({ parts }) => parts)
    .map((points) => {
      const [start, ...rest] = points;
      if (!start) return '';
      const begin = near(start) ? '' : `M${write(start)}`;
      at = rest.at(-1) ?? start;
      return begin + (rest.length > 0 ? `C${rest.map(write).join(' ')}` : '');
    })
    .join('');
}

function arrow({ parts, tip }: Curve): string[] {
  const foot = parts.at(-1)?.at(-1);
  if (!tip || !foot) return [];
  const length = Math.hypot(tip.x - foot.x, tip.y - foot.y) || 1;
  const side = {
    x: (-(tip.y - foot.y) / length) * ARROW_HALF_WIDTH,
    y: ((tip.x - foot.x) / length) * ARROW_HALF_WIDTH,
  };
  const points = [tip, { x: foot.x + side.x, y: foot.y + side.y }, { x: foot.x - side.x, y: foot.y - side.y }];
  return [element('polygon', { points: points.map(({ x, y }) => `${number(x)},${number(y)}`).join(' ') })];
}

function label(lines: PlacedLine['link']['label'], { x, y }: Point): string {
  const rows = labelRows(lines).flatMap((row, index) => row.map((text) => ({ text, muted: lines[index]?.muted })));
  const top = y - (rows.length * LABEL_ROW_HEIGHT) / 2;
  return rows
    .map(({ text, muted }, index) => {
      const place = { x, y: top + index * LABEL_ROW_HEIGHT + 10.5, 'text-anchor': 'middle' };
      return textElement(text, { class: muted ? 'label muted' : 'label', ...place });
    })
    .join('');
}

function bar({ x, y }: Point, { width, height }: { width: number; height: number }): string {
  return element('rect', { x: x - width / 2, y: y - height / 2, width, height, rx: 1.5 });
}
