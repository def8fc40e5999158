/** What Mermaid's parsers give a meaning, also inside quotes and behind colons; as `#NUMBER;` it is only text. */
const SPECIAL = /[#;:"<>{}[\]&%\\`|]/g;

/** Words that Mermaid's state diagrams and flowcharts read as their own. */
const RESERVED = new Set([
  ...['as', 'class', 'classdef', 'click', 'default', 'direction', 'end', 'graph', 'flowchart', 'hide', 'href', 'note'],
  ...['scale', 'state', 'style', 'subgraph', 'call', 'linkstyle', 'acctitle', 'accdescr', 'interpolate'],
]);

/** Text on one line, for labels and notes. */
export function mermaidText(text: string): string {
  return (
    text
      .replace(/[\u0000-\u001f\s]+/g, ' ')
      .trim()
      .replace(SPECIAL, (character) => `#${character.charCodeAt(0)};`)
      // the words that end a note or turn a whole diagram
      .replace(/\b(end|direction) (?=note|TB|BT|LR|RL)/gi, '$1#32;')
  );
}

export function mermaidLines(texts: readonly string[]): string {
  return texts
    .map(mermaidText)
    .filter((text) => text !== '')
    .join('<br/>');
}

/** Gives things names of letters, digits and underscores, each only once. */
export class MermaidNames<T extends object> {
  readonly #names = new Map<T, string>();
  readonly #taken = new Set<string>();

  of(thing: T, wish: string): string {
    const known = this.#names.get(thing);
    if (known !== undefined) return known;
    const plain = wish.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_+|_+$/g, '') || 'x';
    const word = RESERVED.has(plain.toLowerCase()) || /^[ox\d]/.test(plain) ? `s_${plain}` : plain;
    let name = word;
    for (let number = 2; this.#taken.has(name.toLowerCase()); number += 1) name = `${word}_${number}`;
    this.#taken.add(name.toLowerCase());
    this.#names.set(thing, name);
    return name;
  }
}
