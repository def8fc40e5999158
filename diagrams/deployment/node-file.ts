import type { SourcePlace } from '../../core/model/errors.js';
import type { Collector } from '../collect.js';
import { NAME } from './deployment-grammar.js';

export interface NodeFileValue {
  readonly text: string;
  readonly place: SourcePlace;
}

/** One line of a node file. */
export interface NodeFileHost {
  readonly name: NodeFileValue;
  /** Absent where the line names none, as TUNe's own files. */
  readonly uri?: NodeFileValue;
  readonly attributes: readonly (readonly [NodeFileValue, NodeFileValue])[];
  readonly place: SourcePlace;
}

/** A word: anything but white space, with quotes around what may hold some. */
const WORD = /(?:"[^"]*"|[^\s"])+/g;
const URI = /^[A-Za-z][A-Za-z0-9+.-]*:/;

/**
 * Reads TUNe's `nodefile`: one host a line, `NAME [URI] KEY=VALUE…`, values with spaces in double quotes, `#` before a
 * comment. Lines that are wrong are told, each with its place.
 */
export function readNodeFile(text: string, file: string, collector: Collector): NodeFileHost[] {
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n?|\n/)
    .flatMap((line, index) => readLine(line, index + 1, file, collector));
}

function readLine(line: string, number: number, file: string, collector: Collector): NodeFileHost[] {
  const words: NodeFileValue[] = [];
  for (const match of line.matchAll(WORD)) {
    if (match[0].startsWith('#')) break;
    words.push({ text: match[0], place: { file, line: number, column: match.index + 1 } });
  }
  const [name, ...rest] = words;
  if (!name) return [];
  if (!NAME.test(name.text)) {
    const message = `"${name.text}" is no name of a host. A line is NAME URI KEY=VALUE…; a name is a letter, then letters, digits, "-" or "_".`;
    collector.add('value', message, name.place);
    return [];
  }
  const [second] = rest;
  const uri = second && URI.test(second.text) && !NAME.test(keyOf(second.text)) ? second : undefined;
  const attributes = rest.slice(uri ? 1 : 0).flatMap((word) => readAttribute(word, collector));
  return [{ name, ...(uri ? { uri } : {}), attributes, place: name.place }];
}

function keyOf(word: string): string {
  return word.slice(0, Math.max(0, word.indexOf('=')));
}

function readAttribute(word: NodeFileValue, collector: Collector): (readonly [NodeFileValue, NodeFileValue])[] {
  const key = keyOf(word.text);
  if (!NAME.test(key)) {
    collector.add('value', `"${word.text}" is not KEY=VALUE. A value with spaces stands in double quotes.`, word.place);
    return [];
  }
  const value = word.text.slice(key.length + 1);
  const place = { ...word.place, column: word.place.column + key.length + 1 };
  return [
    [
      { text: key, place: word.place },
      { text: value.replaceAll('"', ''), place },
    ],
  ];
}
