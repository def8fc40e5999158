import { readFileSync, statSync } from 'node:fs';
import { AttituneError } from '../model/errors.js';

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file. Check the path',
  EACCES: 'permission denied. Check the rights of the file and its folders',
  ENOFILE: 'it is a device, a pipe or a socket. Name a file',
  EISDIR: 'it is a folder. Name a file in it',
  ENOTDIR: 'a part of the path is not a folder. Check the path',
};

/** No file of ours is near it, and a text of this size is still read in a moment. */
const LARGEST_BYTES = 64 * 1024 * 1024;

/**
 * Reads a file of an administrator as UTF-8. Throws `file-not-found`, which says why: also for what is no file, such as
 * a device, since a name in a file may be anything and the end of a device may never come.
 */
export function readTextFile(file: string): string {
  try {
    const found = statSync(file);
    if (!found.isFile())
      throw Object.assign(new Error('it is no file'), { code: found.isDirectory() ? 'EISDIR' : 'ENOFILE' });
    if (found.size > LARGEST_BYTES) throw new Error('it is larger than 64 MiB');
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
