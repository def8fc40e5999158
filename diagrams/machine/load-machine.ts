import { createHash } from 'node:crypto';
import path from 'node:path';
import { createJiti } from 'jiti';
import type { AnyStateMachine } from 'xstate';
import { AttituneError, type SourcePlace } from '../../core/model/errors.js';
import { readTextFile } from '../../core/xml/index.js';

/** Names of files that hold machines. */
export const MACHINE_FILE = /\.diagram\.(?:ts|mts|js|mjs)$/;

export interface LoadedMachine {
  readonly machine: AnyStateMachine;
  readonly name: string;
  /** SHA-256 of the file's text; of what it imports nothing is known. */
  readonly hash: string;
}

/**
 * Loads a `*.diagram.ts` (or `.js`) whose default export is a machine. The file is run: it is code with the manager's
 * rights. `alias` names packages that it may import although they are not installed beside it. Throws `file-not-found`,
 * `expression` where it does not compile or run, `value` where it exports no machine.
 */
export function loadMachine(file: string, alias: Readonly<Record<string, string>>): LoadedMachine {
  const text = readTextFile(file);
  const absolute = path.resolve(file);
  let loaded: unknown;
  try {
    // no cache on disk, none in memory: a diagram that was mended is read anew
    const jiti = createJiti(import.meta.url, { alias: { ...alias }, fsCache: false, moduleCache: false });
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- a diagram is read at once, as others are
    loaded = jiti(absolute);
  } catch (error) {
    throw new AttituneError('expression', `it cannot be loaded: ${firstLine(error)}.`, {
      cause: error,
      place: placeIn(error, absolute),
    });
  }
  const machine = (loaded as { default?: unknown } | null)?.default ?? loaded;
  if (!isMachine(machine)) {
    throw new AttituneError('value', 'it exports no machine. Write "export default setup(…).createMachine(…)".', {
      place: { file: absolute, line: 1, column: 1 },
    });
  }
  const name = path.basename(absolute).replace(MACHINE_FILE, '');
  return { machine, name, hash: createHash('sha256').update(text).digest('hex') };
}

/** By its shape: a machine may come from another copy of XState than ours. */
function isMachine(value: unknown): value is AnyStateMachine {
  if (typeof value !== 'object' || value === null) return false;
  const { root, provide, config } = value as { root?: unknown; provide?: unknown; config?: unknown };
  return typeof root === 'object' && typeof provide === 'function' && typeof config === 'object';
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return (message.split('\n')[0] ?? message).replace(/\.$/, '');
}

/** The first place in the file that an error tells: the parser in its message, with columns from 0, others in the stack. */
function placeIn(error: unknown, file: string): SourcePlace {
  if (!(error instanceof Error)) return { file, line: 1, column: 1 };
  const parsing = placeAfter(file, error.message);
  if (parsing) return { ...parsing, column: parsing.column + 1 };
  return placeAfter(file, error.stack ?? '') ?? { file, line: 1, column: 1 };
}

function placeAfter(file: string, text: string): SourcePlace | undefined {
  const at = text.indexOf(`${file}:`);
  const match = at < 0 ? null : /^:(\d+):(\d+)/.exec(text.slice(at + file.length));
  return match ? { file, line: Number(match[1]), column: Number(match[2]) } : undefined;
}
