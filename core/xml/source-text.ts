import type { SourcePlace } from '../model/errors.js';

/** The text of one file, with the way from an offset to its line and column. */
export class SourceText {
  readonly text: string;
  readonly #lineStarts: number[] = [0];

  constructor(
    readonly file: string,
    text: string,
  ) {
    this.text = text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n');
    for (let at = this.text.indexOf('\n'); at >= 0; at = this.text.indexOf('\n', at + 1)) this.#lineStarts.push(at + 1);
  }

  /** Lines and columns count from 1; a tab is one column. */
  placeAt(offset: number): SourcePlace {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] as number) <= offset) low = middle;
      else high = middle - 1;
    }
    return { file: this.file, line: low + 1, column: offset - (this.#lineStarts[low] as number) + 1 };
  }
}
