import type { SourcePlace } from '../../core/model/errors.js';

/** A file to write. */
export interface ImportedFile {
  /** Relative to the folder that everything is written to. */
  readonly name: string;
  readonly text: string;
  /** Where each line comes from, the first one at index 0; absent for lines that nobody drew. */
  readonly origins: readonly (SourcePlace | undefined)[];
  /** The file that it is the same as. */
  readonly copyOf?: string;
}

type Attributes = readonly (readonly [name: string, value: string | undefined])[];

const WIDTH = 118;

/**
 * Writes XML as an administrator would lay it out, and keeps the place that each line comes from: what is found wrong
 * in the written file is told at what was drawn. (Libraries that build XML from a tree know nothing of lines.)
 */
export class XmlLines {
  readonly #lines: { readonly text: string; readonly origin: SourcePlace | undefined }[] = [];
  readonly #open: string[] = [];

  constructor() {
    this.#push('<?xml version="1.0" encoding="UTF-8"?>');
  }

  /** A start tag; what is written until {@link close} stands inside. */
  open(name: string, attributes: Attributes = [], origin?: SourcePlace): this {
    this.#push(`<${name}${written(attributes)}>`, origin);
    this.#open.push(name);
    return this;
  }

  close(): this {
    const name = this.#open.pop();
    return this.#push(`</${name ?? ''}>`);
  }

  /** An element with nothing inside. */
  leaf(name: string, attributes: Attributes = [], origin?: SourcePlace): this {
    return this.#push(`<${name}${written(attributes)}/>`, origin);
  }

  /** A comment, broken into lines of a readable width. */
  comment(text: string): this {
    // two hyphens end a comment, and one must not stand at its end
    const words = text
      .trim()
      .replace(/-(?=-)/g, '- ')
      .replace(/-$/, '- ')
      .split(/\s+/);
    const room = WIDTH - 2 * this.#open.length - '<!--  -->'.length;
    const lines: string[] = [];
    for (const word of words) {
      const last = lines.at(-1);
      if (last !== undefined && last.length + word.length < room) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
    }
    lines.forEach((line, index) => {
      const start = index === 0 ? '<!-- ' : '     ';
      this.#push(`${start}${line}${index === lines.length - 1 ? ' -->' : ''}`);
    });
    return this;
  }

  blank(): this {
    this.#lines.push({ text: '', origin: undefined });
    return this;
  }

  file(name: string): ImportedFile {
    return {
      name,
      text: this.#lines.map(({ text }) => `${text}\n`).join(''),
      origins: this.#lines.map(({ origin }) => origin),
    };
  }

  #push(text: string, origin?: SourcePlace): this {
    this.#lines.push({ text: `${'  '.repeat(this.#open.length)}${text}`, origin });
    return this;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '"': '&quot;',
  '\n': '&#10;',
  '\r': '&#13;',
  '\t': '&#9;',
};

/** A value inside double quotes. */
export function escapeAttribute(value: string): string {
  return value.replace(/[&<"\n\r\t]/g, (character) => ESCAPES[character] as string);
}

function written(attributes: Attributes): string {
  return attributes
    .map(([name, value]) => (value === undefined ? '' : ` ${name}="${escapeAttribute(value)}"`))
    .join('');
}
