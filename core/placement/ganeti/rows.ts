import { AttituneError, type ErrorCode, type SourcePlace } from '../../model/errors.js';

/** A line of a text file whose fields one character parts. Lines count from 1. */
export interface Row {
  readonly file: string;
  readonly line: number;
  readonly fields: readonly string[];
}

/** Sections of lines, parted by exactly one empty line each: two in a row hold an empty section. */
export function sectionsOf(text: string, file: string): readonly (readonly Row[])[] {
  const sections: Row[][] = [[]];
  linesOf(text).forEach((content, index) => {
    if (content === '') sections.push([]);
    else sections.at(-1)?.push({ file, line: index + 1, fields: content.split('|') });
  });
  return sections;
}

/** The lines of a text without the ends of the lines; what follows the last end is a line only where it is not empty. */
export function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Where a field of a row begins. */
export function placeIn({ file, line, fields }: Row, index = 0): SourcePlace {
  const column = 1 + fields.slice(0, index).reduce((sum, field) => sum + field.length + 1, 0);
  return { file, line, column };
}

/** Reads the fields of rows; what is wrong with them is collected. `names` says what each field of a row is called. */
export class FieldReader {
  readonly errors: AttituneError[] = [];

  add(code: ErrorCode, message: string, place: SourcePlace): void {
    this.errors.push(new AttituneError(code, message, { place }));
  }

  /** False, with an error, for a row that has fewer than `least` fields. */
  complete(row: Row, least: number, what: string, names: readonly string[]): boolean {
    if (row.fields.length >= least) return true;
    const missing = names.slice(row.fields.length, least).join(', ');
    const has = row.fields.length === 1 ? '1 field' : `${row.fields.length} fields`;
    this.add('value', `A line of ${what} has ${least} fields at least, and this one has ${has}: ${missing} missing.`, {
      ...placeIn(row),
      column: 1 + row.fields.join('|').length,
    });
    return false;
  }

  name(row: Row, index: number, what: string): string {
    const text = row.fields[index] ?? '';
    if (text.trim() === '') this.add('value', `The ${what} is empty.`, placeIn(row, index));
    return text;
  }

  /** A number of at least 0; `fallback` where the row has no such field, and where it is wrong. */
  amount(row: Row, index: number, what: string, { whole = false, fallback = 0 } = {}): number {
    const text = row.fields[index];
    if (text === undefined) return fallback;
    const value = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
    const expected = whole ? 'a whole number' : 'a number';
    if (!Number.isFinite(value) || (whole && !Number.isInteger(value)))
      this.add('value', `The ${what} "${text}" is not ${expected}.`, placeIn(row, index));
    else if (value < 0) this.add('value', `The ${what} ${text} is below 0.`, placeIn(row, index));
    else return value;
    return fallback;
  }

  /** One of some words; `fallback` where the row has no such field, and where it is none of them. */
  word<Word extends string>(row: Row, index: number, what: string, words: readonly Word[], fallback: Word): Word {
    const text = row.fields[index];
    if (text === undefined) return fallback;
    const known = words.find((word) => word === text);
    if (known === undefined)
      this.add('value', `The ${what} "${text}" is none of ${words.join(', ')}.`, placeIn(row, index));
    return known ?? fallback;
  }

  /** Words with commas between them. */
  words(row: Row, index: number): readonly string[] {
    return (row.fields[index] ?? '').split(',').filter((word) => word !== '');
  }

  /** The rows by the name in their first field; a name that comes twice is an error. */
  distinct<T extends { readonly name: string; readonly row: Row }>(
    records: readonly T[],
    what: string,
  ): ReadonlyMap<string, T> {
    const byName = new Map<string, T>();
    for (const record of records) {
      const former = byName.get(record.name);
      if (former)
        this.add(
          'duplicate-name',
          `There are two ${what}s "${record.name}"; the first is in line ${former.row.line}.`,
          placeIn(record.row),
        );
      else byName.set(record.name, record);
    }
    return byName;
  }
}
