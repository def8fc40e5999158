import { StringDecoder } from 'node:string_decoder';

/** Cuts what comes in pieces into lines. Those that are too long are left out, and counted. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';
  #skips = false;

  constructor(private readonly longest: number) {}

  feed(piece: Buffer | string): { readonly lines: readonly string[]; readonly tooLong: number } {
    const text = this.#rest + (typeof piece === 'string' ? piece : this.#decoder.write(piece));
    const lines: string[] = [];
    let tooLong = 0;
    const pieces = text.split('\n');
    this.#rest = pieces.pop() ?? '';
    for (const line of pieces) {
      if (this.#skips) this.#skips = false;
      else if (line.length > this.longest) tooLong += 1;
      else lines.push(line);
    }
    // of a line that is too long already, only its end is waited for
    if (this.#rest.length > this.longest) {
      if (!this.#skips) tooLong += 1;
      this.#skips = true;
    }
    if (this.#skips) this.#rest = '';
    return { lines, tooLong };
  }
}
