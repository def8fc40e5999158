import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SAMPLES } from '../../consolidation/index.js';
import { AttituneError } from '../../model/errors.js';

/** The recorded CPU of all VMs of one day. */
export interface DayTraces {
  /** The name of its folder. */
  readonly day: string;
  /** One for each file, in the order of their names by UTF-16 code units: per cent of the VM's own speed, every 5 minutes. */
  readonly traces: readonly Uint8Array[];
}

/** How many wrong lines are told of one file, and wrong files of one folder. */
const TOLD = 5;

/**
 * Reads a folder of traces (a file for each VM, {@link SAMPLES} lines, each an integer from 0 to 100), or a folder of such
 * folders, days in the order of their names. Names that begin with a dot are left out.
 *
 * @throws `file-not-found` where there is no such folder; `value` with everything that is wrong, each with file and line.
 */
export function readDays(folder: string): readonly DayTraces[] {
  const entries = list(folder);
  const folders = entries.filter((name) => isFolder(join(folder, name)));
  if (entries.length === 0) throw new AttituneError('value', `${folder} is empty: a file for each VM is expected`);
  if (folders.length === 0) return [readDay(folder, entries)];
  const files = entries.filter((name) => !folders.includes(name) && !/^readme/i.test(name));
  if (files.length > 0) {
    throw new AttituneError(
      'value',
      `${folder} has both folders (${folders[0]!}) and files (${files[0]!}): give a day, or a folder of nothing but days`,
    );
  }
  return folders.map((name) => {
    const day = join(folder, name);
    return readDay(day, list(day));
  });
}

function readDay(folder: string, names: readonly string[]): DayTraces {
  if (names.length === 0) throw new AttituneError('value', `${folder} is empty: a file for each VM is expected`);
  const wrong: string[] = [];
  const traces: Uint8Array[] = [];
  for (const name of names) {
    const file = join(folder, name);
    if (isFolder(file)) wrong.push(`${file}: a folder; a file of ${SAMPLES} lines is expected`);
    else traces.push(readTrace(file, wrong));
    if (wrong.length >= TOLD) break;
  }
  if (wrong.length > 0) throw new AttituneError('value', wrong.join('\n'));
  return { day: basename(folder), traces };
}

function readTrace(file: string, wrong: string[]): Uint8Array {
  const { trace, errors } = parseTrace(read(file));
  wrong.push(...errors.map(({ line, problem }) => `${file}:${line}: ${problem}`));
  return trace;
}

/** Reads the text of one trace. Pure. Of many wrong lines the first few are told. */
export function parseTrace(text: string): {
  readonly trace: Uint8Array;
  readonly errors: readonly { readonly line: number; readonly problem: string }[];
} {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const errors: { line: number; problem: string }[] = [];
  const trace = new Uint8Array(SAMPLES);
  for (const [index, line] of lines.slice(0, SAMPLES).entries()) {
    const problem = problemOf(line.trim());
    if (problem === undefined) trace[index] = Number(line);
    else errors.push({ line: index + 1, problem });
    if (errors.length >= TOLD) return { trace, errors };
  }
  if (lines.length !== SAMPLES) {
    const line = Math.min(lines.length + 1, SAMPLES + 1);
    errors.push({ line, problem: `has ${lines.length} lines; a day has ${SAMPLES}, one every 5 minutes` });
  }
  return { trace, errors };
}

function problemOf(text: string): string | undefined {
  if (text === '') return 'an empty line; a number from 0 to 100 is expected';
  if (!/^[+-]?\d+(\.\d+)?$/.test(text)) return `'${text.slice(0, 40)}' is not a number`;
  const value = Number(text);
  if (value < 0) return `${text} is negative; CPU use is 0 to 100 %`;
  if (value > 100) return `${text} is above 100 %`;
  if (!Number.isInteger(value)) return `${text} is no whole number`;
  return undefined;
}

function list(folder: string): readonly string[] {
  try {
    // Array.sort compares UTF-16 code units, which is the order that decides which trace drives which type of VM
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  } catch (cause) {
    throw new AttituneError('file-not-found', `${folder} is no folder that can be read`, { cause });
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new AttituneError('file-not-found', `${file} cannot be read`, { cause });
  }
}
