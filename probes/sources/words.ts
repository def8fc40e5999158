import { AttituneError, type SourcePlace } from '../../core/model/errors.js';

const PIECE = /(\s+)|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])|([^\s'"\\]+)/y;

/** A command line as its words, as a shell splits them: quotes and backslashes, and nothing else of a shell. Throws `value`. */
export function splitWords(line: string, place?: SourcePlace): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (PIECE.lastIndex = 0; PIECE.lastIndex < line.length;) {
    const piece = PIECE.exec(line);
    if (!piece) throw new AttituneError('value', `The command ${line} has a quote that is not closed.`, { place });
    const [, space, single, double, escaped, bare] = piece;
    if (space === undefined)
      word = (word ?? '') + (single ?? double?.replace(/\\(["\\])/g, '$1') ?? escaped ?? bare ?? '');
    else if (word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  return word === undefined ? words : [...words, word];
}
