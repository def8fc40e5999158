import { readFileSync } from 'node:fs';
import { AttituneError } from '../model/errors.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Check the path',
  EACCES: 'permission denied. Check the rights of the file and its folders',
  EISDIR: 'it is a folder. Name a file in it',
  ENOTDIR: 'a part of the path is not a folder. Check the path',
};

/** Reads a file of an administrator as UTF-8. Throws `file-not-found`, which says why. */
export function readTextFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const reason = REASONS[code] ?? (error as Error).message;
    throw new AttituneError('file-not-found', `cannot read "${file}": ${reason}.`, {
      cause: error,
      place: { file, line: 1, column: 1 },
    });
  }
}
