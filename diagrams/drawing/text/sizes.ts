import type { Item, Line } from '../scene.js';
import { textWidth, type Font } from './text-width.js';
import { wrap } from './wrap.js';

/** All in pixels. */
export const TITLE: Font = { size: 13, bold: true };
export const NOTE: Font = { size: 11 };
export const TEXT: Font = { size: 11.5 };
export const LABEL: Font = { size: 11 };

export const PADDING = { x: 10, y: 7 } as const;
export const TITLE_HEIGHT = 17;
export const ROW_HEIGHT = 15;
export const LABEL_ROW_HEIGHT = 14;
/** Between the title, the rule under it, and the lines. */
export const RULE_GAP = 5;
/** Where the second and further rows of a line begin. */
export const HANGING = 12;
export const NOTE_GAP = 7;
/** The ring before the name of a final state, with its gap. */
export const RING = { radius: 6, room: 19 } as const;
export const HISTORY_SIZE = 26;
export const DOT_SIZE = 11;

const TEXT_WIDTH = 330;
const LABEL_WIDTH = 230;

export interface Row {
  readonly text: string;
  readonly indent: number;
}

/** The lines of a box as rows; rows of one line stand together. */
export function textRows(lines: readonly Line[]): Row[][] {
  return lines.map(({ text }) => {
    const { rows } = wrap(text, TEXT_WIDTH - HANGING, TEXT);
    return rows.map((row, index) => ({ text: row, indent: index === 0 ? 0 : HANGING }));
  });
}

export function labelRows(lines: readonly Line[]): string[][] {
  return lines.map(({ text }) => [...wrap(text, LABEL_WIDTH, LABEL).rows]);
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Title, rule and lines of a box, with the padding around them. */
export function headerSize(item: Item): Size {
  const rows = textRows(item.lines);
  const count = rows.flat().length;
  const hasTitle = item.title !== '' || item.note !== undefined;
  if (!hasTitle && count === 0) return { width: 0, height: 0 };
  const ring = item.shape === 'final' ? RING.room : 0;
  const note = item.note === undefined ? 0 : NOTE_GAP + textWidth(item.note, NOTE);
  const titleWidth = ring + textWidth(item.title, TITLE) + note;
  const textWidths = rows.flat().map((row) => row.indent + textWidth(row.text, TEXT));
  return {
    width: Math.ceil(Math.max(titleWidth, ...textWidths)) + 2 * PADDING.x,
    height:
      2 * PADDING.y + (hasTitle ? TITLE_HEIGHT : 0) + (hasTitle && count > 0 ? 2 * RULE_GAP : 0) + count * ROW_HEIGHT,
  };
}

export function labelSize(lines: readonly Line[]): Size {
  const rows = labelRows(lines).flat();
  return {
    width: Math.ceil(Math.max(0, ...rows.map((row) => textWidth(row, LABEL)))) + 6,
    height: rows.length * LABEL_ROW_HEIGHT + 4,
  };
}
