import type { PlacedBox } from '../layout/lay-out.js';
import { NOTE_GAP, PADDING, RING, ROW_HEIGHT, RULE_GAP, TITLE, TITLE_HEIGHT, textRows } from '../text/sizes.js';
import { textWidth } from '../text/text-width.js';
import { escapeXml } from '../text/escape-xml.js';
import { element, textElement } from './element.js';

/** From the top of a row to the foot of its letters. */
const BASELINE = { title: 13, text: 11.5 } as const;

export function boxSvg(box: PlacedBox): string {
  const { item } = box;
  const content = [element('title', {}, escapeXml(item.tooltip)), ...SHAPES[item.shape](box)];
  return element(
    'g',
    { ...item.attributes, class: box.isColumn ? `${item.classes} column` : item.classes },
    content.filter(Boolean).join(''),
  );
}

const SHAPES: { readonly [S in PlacedBox['item']['shape']]: (box: PlacedBox) => string[] } = {
  box: (box) => [outline(box, 7), ...separators(box), ...header(box)],
  final: (box) => [outline(box, Math.min(14, box.height / 2)), ...header(box)],
  history: ({ item, x, y, width }) => [
    element('circle', { cx: x + width / 2, cy: y + width / 2, r: width / 2 }),
    textElement(item.title, { x: x + width / 2, y: y + width / 2 + 4, 'text-anchor': 'middle' }),
  ],
  dot: ({ x, y, width }) => [element('circle', { class: 'mark', cx: x + width / 2, cy: y + width / 2, r: width / 2 })],
};

function outline({ x, y, width, height }: PlacedBox, rx: number): string {
  return element('rect', { x, y, width, height, rx });
}

function separators({ x, y, height, separators: { at, from } }: PlacedBox): string[] {
  return at.map((offset) => element('path', { class: 'separator', d: `M${x + offset},${y + from}V${y + height}` }));
}

function header({ item, x, header: corner }: PlacedBox): string[] {
  const parts: string[] = [];
  const left = x + PADDING.x;
  let y = corner.y + PADDING.y;
  const rows = textRows(item.lines);
  if (item.title !== '' || item.note !== undefined) {
    const titleX = item.shape === 'final' ? left + RING.room : left;
    if (item.shape === 'final') parts.push(ring(left + RING.radius, y + TITLE_HEIGHT / 2));
    parts.push(textElement(item.title, { class: 'title', x: titleX, y: y + BASELINE.title }));
    const noteX = titleX + textWidth(item.title, TITLE) + NOTE_GAP;
    if (item.note !== undefined) parts.push(textElement(item.note, { class: 'note', x: noteX, y: y + BASELINE.title }));
    y += TITLE_HEIGHT;
    if (rows.length > 0) {
      parts.push(element('path', { class: 'rule', d: `M${x},${y + RULE_GAP}H${x + corner.width}` }));
      y += 2 * RULE_GAP;
    }
  }
  for (const [index, line] of item.lines.entries()) {
    const texts = (rows[index] ?? []).map(({ text, indent }) => {
      const row = textElement(text, {
        class: line.muted ? 'muted' : undefined,
        x: left + indent,
        y: y + BASELINE.text,
      });
      y += ROW_HEIGHT;
      return row;
    });
    if (!line.group) parts.push(...texts);
    else {
      const title = element('title', {}, escapeXml(line.group.tooltip));
      parts.push(element('g', { ...line.group.attributes, class: line.group.classes }, title + texts.join('')));
    }
  }
  return parts;
}

function ring(cx: number, cy: number): string {
  return (
    element('circle', { class: 'ring', cx, cy, r: RING.radius }) +
    element('circle', { class: 'mark', cx, cy, r: RING.radius - 2.8 })
  );
}
