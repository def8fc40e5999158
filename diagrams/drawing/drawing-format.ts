import { AttituneError } from '../../core/model/errors.js';

/** What a picture can be written as, by the ending of its file. */
export const DRAWING_FORMATS = {
  svg: 'a picture that stands alone',
  dot: "source text for Graphviz's dot",
  mmd: 'source text for Mermaid',
} as const;

export type DrawingFormat = keyof typeof DRAWING_FORMATS;

/** The format of that name or ending. Throws `usage`, with the formats that there are. */
export function drawingFormat(ending: string, what = `"${ending}"`): DrawingFormat {
  if (Object.hasOwn(DRAWING_FORMATS, ending)) return ending as DrawingFormat;
  const known = Object.entries(DRAWING_FORMATS).map(([name, meaning]) => `.${name} (${meaning})`);
  throw new AttituneError('usage', `${what} is no kind of picture that can be drawn; there are ${known.join(', ')}.`);
}
