import type { Random } from '../../../core/model/random.js';

/** What readers are most likely to stumble over, for values, names and text. */
const NASTY = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '${x}',
  '$${',
  '${__proto__}',
  '$',
  '',
  ' ',
  '*',
  '1..*',
  '0',
  '-1',
  '1e999',
  '99999999999999999999',
  'NaN',
  '..',
  '/',
  '/dev/zero',
  '&lt;',
  '&#0;',
  '&#x110000;',
  '&a;',
  ']]>',
  '<!--',
  '-->',
  '<![CDATA[',
  '<?xml',
  '?>',
  '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]>',
  '\u0000',
  '\uFFFE',
  '\uD800',
  '\u202E',
  'é',
  '𝒳',
  'xmlns=""',
  'xmlns:a="urn:a"',
  'a:b',
  'x'.repeat(5000),
  '('.repeat(300),
  '['.repeat(300),
  '<a>'.repeat(250),
  'a.'.repeat(500),
  'this',
  'true',
  'node',
];

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'valueOf',
  'name',
  'id',
  'src',
  'of',
  'on',
  'class',
  'value',
];
const HARMLESS = NASTY.filter((nasty) => !/[<>"&\u0000\uD800\uFFFE]/.test(nasty));

const TOKEN = /<[^<>]*>|"[^"<>]*"|[\w.:-]+|\s+|[^\w\s]/g;
const VALUE = /="([^"]*)"/g;
const TAG = /<(?:\/?)([A-Za-z][\w:.-]*)/g;
const ELEMENT = /<([A-Za-z][\w:.-]*)(?:\s[^<>]*)?(?:\/>|>[^<]*<\/\1>)/g;

type Mutation = (text: string, random: Random, pool: readonly string[]) => string;

/** Those that mostly leave a document well-formed, and so reach what comes after the parser. */
const GENTLE: readonly Mutation[] = [
  (text, random) => replaceMatch(text, VALUE, random, () => `="${pick(HARMLESS, random)}"`),
  (text, random) => replaceMatch(text, VALUE, random, () => pick(matches(text, VALUE), random)),
  (text, random) => replaceMatch(text, /\d+/g, random, () => String(Math.floor(random.next() * 6))),
  (text, random) => replaceMatch(text, /\s[\w:.-]+="[^"]*"/g, random, () => ''),
  (text, random) => replaceMatch(text, /\s[\w.-]+=(?=")/g, random, () => ` ${pick(NAMES, random)}=`),
  (text, random) => replaceMatch(text, ELEMENT, random, () => ''),
  (text, random) => replaceMatch(text, ELEMENT, random, (found) => found + found),
  (text, random) => replaceMatch(text, ELEMENT, random, () => pick(matches(text, ELEMENT), random)),
  (text, random, pool) =>
    replaceMatch(text, ELEMENT, random, (found) => found + pick(matches(pick(pool, random), ELEMENT), random)),
  (text, random) => replaceMatch(text, ELEMENT, random, () => `<${pick(NAMES, random)}/>`),
];

const MUTATIONS: readonly Mutation[] = [
  // bytes
  (text, random) => cut(text, at(text, random), 1, String.fromCharCode(Math.floor(random.next() * 256))),
  (text, random) => cut(text, at(text, random), 1, ''),
  (text, random) => cut(text, at(text, random), 0, '<>"\'&=/ ${}'.charAt(Math.floor(random.next() * 12))),
  (text, random) => text.slice(0, at(text, random)),
  (text, random) => text.slice(at(text, random)),
  (text, random) => {
    const from = at(text, random);
    return cut(text, at(text, random), 0, text.slice(from, from + Math.floor(random.next() * 200)));
  },
  (text, random) => cut(text, at(text, random), Math.floor(random.next() * 60), ''),
  // tokens
  (text, random) => cut(text, at(text, random), 0, pick(NASTY, random)),
  (text, random) => swapTokens(text, random),
  (text, random, pool) => replaceMatch(text, TOKEN, random, () => pick(tokens(pick(pool, random)), random)),
  (text, random) => replaceMatch(text, VALUE, random, () => `="${pick(NASTY, random)}"`),
  (text, random, pool) => replaceMatch(text, VALUE, random, () => pick(matches(pick(pool, random), VALUE), random)),
  (text, random) => replaceMatch(text, /\s[\w:.-]+=/g, random, () => ` ${pick(NASTY, random)}=`),
  (text, random) => replaceMatch(text, /\s[\w:.-]+="[^"]*"/g, random, (found) => found + found),
  (text, random) => replaceMatch(text, /\s[\w:.-]+="[^"]*"/g, random, () => ''),
  // trees
  (text, random) => replaceMatch(text, ELEMENT, random, () => ''),
  (text, random) => replaceMatch(text, ELEMENT, random, (found) => found + found),
  (text, random) => replaceMatch(text, ELEMENT, random, (found) => found.repeat(50)),
  (text, random) => replaceMatch(text, ELEMENT, random, (found) => `<w>${found}</w>`),
  (text, random, pool) => replaceMatch(text, ELEMENT, random, () => pick(matches(pick(pool, random), ELEMENT), random)),
  (text, random, pool) =>
    replaceMatch(text, ELEMENT, random, (found) => found + pick(matches(pick(pool, random), ELEMENT), random)),
  (text, random) =>
    replaceMatch(text, TAG, random, (found) => (found.startsWith('</') ? '</' : '<') + pick(NASTY, random)),
  (text, random) => replaceMatch(text, TAG, random, () => pick(matches(text, TAG), random)),
];

/** A text with one to four mutations; `pool` are texts of the same format to take parts from. */
export function mutate(text: string, random: Random, pool: readonly string[]): string {
  let mutated = text;
  const count = 1 + Math.floor(random.next() * 4);
  const mutations = random.next() < 0.7 ? GENTLE : MUTATIONS;
  for (let i = 0; i < count; i += 1) mutated = pick(mutations, random)(mutated, random, pool);
  return mutated.slice(0, 200_000);
}

function at(text: string, random: Random): number {
  return Math.floor(random.next() * (text.length + 1));
}

function cut(text: string, from: number, length: number, put: string): string {
  return text.slice(0, from) + put + text.slice(from + length);
}

export function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random.next() * values.length)] as T;
}

function matches(text: string, pattern: RegExp): readonly string[] {
  const found = text.match(pattern);
  return found && found.length > 0 ? found : [''];
}

function tokens(text: string): readonly string[] {
  return matches(text, TOKEN);
}

function replaceMatch(text: string, pattern: RegExp, random: Random, by: (found: string) => string): string {
  const found = [...text.matchAll(pattern)];
  if (found.length === 0) return text;
  const match = pick(found, random);
  return cut(text, match.index, match[0].length, by(match[0]));
}

function swapTokens(text: string, random: Random): string {
  const parts = [...tokens(text)];
  const [a, b] = [Math.floor(random.next() * parts.length), Math.floor(random.next() * parts.length)];
  [parts[a], parts[b]] = [parts[b] ?? '', parts[a] ?? ''];
  return parts.join('');
}
