import type { SourcePlace } from '../../core/model/errors.js';
import { SourceText } from '../../core/xml/source-text.js';

/** One token of a configuration file; `end` is the end of a statement: of a line, or a semicolon. */
export interface Token {
  readonly kind: 'name' | 'string' | 'number' | 'end' | 'wrong' | '=' | '[' | ']' | ',';
  readonly text: string;
  readonly place: SourcePlace;
}

const RULES: readonly (readonly [Token['kind'] | 'blank', RegExp])[] = [
  ['blank', /[ \t\r\f]+|#[^\n]*|\\\r?\n/y],
  ['end', /\n|;/y],
  ['string', /("""|''')([\s\S]*?)\1/y],
  ['string', /(["'])((?:\\.|(?!\1)[^\\\n])*)\1/y],
  ['number', /(?:0[xX][0-9a-fA-F]+|\d+)(?![\w.-])/y],
  ['name', /[A-Za-z_]\w*(?![\w'"-])/y],
  ['=', /=(?!=)/y],
  ['[', /\[/y],
  [']', /\]/y],
  [',', /,/y],
  ['wrong', /[^\s,\]#;]+/y],
];

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };

/** The tokens of a text; ends of lines inside a list do not count. What is no token is `wrong`. */
export function tokensOf(text: string, file: string): readonly Token[] {
  const source = new SourceText(file, text);
  const tokens: Token[] = [];
  let depth = 0;
  for (let at = 0; at < source.text.length;) {
    const { kind, whole, inner } = matchAt(source.text, at);
    const place = source.placeAt(at);
    at += whole.length;
    if (kind === 'blank' || (kind === 'end' && depth > 0 && whole === '\n')) continue;
    if (kind === '[') depth += 1;
    if (kind === ']') depth = Math.max(0, depth - 1);
    tokens.push({ kind, text: kind === 'string' ? unquoted(inner) : whole, place });
  }
  return [...tokens, { kind: 'end', text: '', place: source.placeAt(source.text.length) }];
}

/** `inner`: what stands between the quotes of a string. */
function matchAt(text: string, at: number): { kind: Token['kind'] | 'blank'; whole: string; inner: string } {
  for (const [kind, rule] of RULES) {
    rule.lastIndex = at;
    const match = rule.exec(text);
    if (match) return { kind, whole: match[0], inner: match[2] ?? '' };
  }
  return { kind: 'wrong', whole: text.charAt(at), inner: '' };
}

function unquoted(inner: string): string {
  return inner.replace(/\\(.)/gs, (whole, character: string) => ESCAPES[character] ?? whole);
}
