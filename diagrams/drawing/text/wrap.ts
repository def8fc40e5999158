import { textWidth, type Font } from './text-width.js';

const CUT = '…';

export interface Wrapped {
  readonly rows: readonly string[];
  /** True where `most` rows did not hold it all. */
  readonly cut: boolean;
}

/**
 * Breaks a text into rows of at most `width` pixels: at spaces, else behind punctuation, else anywhere. What does not fit
 * into `most` rows is cut off with an ellipsis. There is always one row.
 */
export function wrap(text: string, width: number, font: Font, most = 6): Wrapped {
  const rows: string[] = [];
  let row = '';
  for (const piece of text
    .replace(/\s+/g, ' ')
    .trim()
    .match(/ *[^ ]+/g) ?? ['']) {
    for (const part of breakable(piece, width, font)) {
      if (row !== '' && textWidth(row + part, font) > width) {
        rows.push(row);
        row = part.trimStart();
      } else {
        row += part;
      }
    }
  }
  rows.push(row.trimStart());
  if (rows.length <= most) return { rows, cut: false };
  return { rows: [...rows.slice(0, most - 1), cutTo(rows[most - 1] ?? '', width, font)], cut: true };
}

/** A word that fits on a row stays whole. */
function breakable(word: string, width: number, font: Font): string[] {
  if (textWidth(word, font) <= width) return [word];
  return (word.match(/.*?[.,;:/=([&|_-]+|.+$/gu) ?? [word]).flatMap((part) => {
    const parts: string[] = [];
    let current = '';
    for (const character of part) {
      if (current !== '' && textWidth(current + character, font) > width) {
        parts.push(current);
        current = '';
      }
      current += character;
    }
    return [...parts, current];
  });
}

function cutTo(row: string, width: number, font: Font): string {
  const characters = Array.from(row);
  while (characters.length > 0 && textWidth(characters.join('') + CUT, font) > width) characters.pop();
  return characters.join('') + CUT;
}
