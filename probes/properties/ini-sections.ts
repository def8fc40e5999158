import { unsafe } from 'ini';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';

export interface IniEntry {
  readonly key: string;
  readonly value: string;
  /** Of the key. */
  readonly place: SourcePlace;
  /** Where the value begins. */
  readonly valuePlace: SourcePlace;
}

export interface IniSection {
  readonly name: string;
  readonly place: SourcePlace;
  readonly entries: ReadonlyMap<string, IniEntry>;
}

export interface IniFile {
  readonly sections: readonly IniSection[];
  readonly errors: readonly AttituneError[];
}

const SECTION = /^\s*\[([^\]]*)\]\s*(?:[;#].*)?$/;
const ENTRY = /^(\s*)([^=]*?)\s*=(\s*)(.*)$/;
/** The package takes quotes away only where nothing is behind them. */
const QUOTED_WITH_COMMENT = /^\s*("(?:[^"\\]|\\.)*"|'[^']*')\s+[;#]/;
const NOTHING = /^\s*(?:[;#].*)?$/;

/**
 * The sections of an INI file in their order, with places. Values are unquoted, and freed of comments, as the package `ini`
 * does it; what that passes over in silence is an error here: lines of no form, and names and keys that come twice.
 */
export function readSections(text: string, file: string): IniFile {
  const sections: (IniSection & { readonly entries: Map<string, IniEntry> })[] = [];
  const errors: AttituneError[] = [];
  text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .forEach((line, index) => {
      const at = (column: number): SourcePlace => ({ file, line: index + 1, column });
      const wrong = (code: 'ini-malformed' | 'duplicate-name', column: number, message: string) =>
        errors.push(new AttituneError(code, message, { place: at(column) }));
      if (NOTHING.test(line)) return;
      const header = SECTION.exec(line);
      if (header) {
        const name = (header[1] ?? '').trim();
        const place = at(line.indexOf('[') + 1);
        const former = sections.find((section) => section.name === name);
        if (former)
          wrong('duplicate-name', place.column, `There is a section [${name}] already, in line ${former.place.line}.`);
        sections.push({ name, place, entries: new Map() });
        return;
      }
      const entry = ENTRY.exec(line);
      const indent = line.length - line.trimStart().length;
      if (!entry || entry[2] === '') {
        wrong('ini-malformed', indent + 1, 'This is neither [section] nor key = value, nor a comment after ; or #.');
        return;
      }
      const [, before = '', key = '', , raw = ''] = entry;
      const section = sections.at(-1);
      if (!section) {
        wrong('ini-malformed', indent + 1, `${key} stands before the first [section].`);
        return;
      }
      const former = section.entries.get(key);
      if (former) wrong('duplicate-name', before.length + 1, `${key} is given already, in line ${former.place.line}.`);
      const valueAt = line.length - raw.length + 1;
      const glued = gluedComment(raw);
      if (glued !== undefined)
        wrong(
          'ini-malformed',
          valueAt + glued,
          `"${raw.charAt(glued)}" begins a comment, and must have a blank before it; as a part of the value write "\\${raw.charAt(glued)}".`,
        );
      section.entries.set(key, { key, value: valueOf(raw), place: at(before.length + 1), valuePlace: at(valueAt) });
    });
  return { sections, errors };
}

function valueOf(raw: string): string {
  // what stands in quotes is read as JSON, and need not be a text then
  const text = QUOTED_WITH_COMMENT.exec(raw)?.[1] ?? raw;
  const value: unknown = unsafe(text);
  return typeof value === 'string' ? value : text.trim().slice(1, -1);
}

/** Where a comment begins right behind a value, so that a part of the value may have been meant. */
function gluedComment(raw: string): number | undefined {
  if (/^\s*["']/.test(raw)) return undefined;
  const first = /(?<!\\)[;#]/.exec(raw)?.index ?? 0;
  return first > 0 && raw.charAt(first - 1).trim() !== '' ? first : undefined;
}
