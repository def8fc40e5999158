import { AttituneError } from '../model/errors.js';

/** What SQLite's result codes (sqlite.org/rescode.html) mean for an administrator, and what to do. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^SQLITE_NOTADB/, 'is no SQLite database. Name another folder with --state, or move the file away'],
  [/^SQLITE_CORRUPT/, 'is damaged. Move it away and begin anew, or bring back a copy'],
  [
    /^SQLITE_(READONLY|PERM|AUTH)/,
    'cannot be written. Give yourself the right to write it, or name another folder with --state',
  ],
  [/^SQLITE_FULL/, 'cannot grow: the disk is full. Make room on it; what was stored before is safe'],
  [
    /^SQLITE_CANTOPEN/,
    'cannot be opened. Check that its folder exists and that you may write it, or name another with --state',
  ],
  [/^SQLITE_(BUSY|LOCKED)/, 'is in use by another process. Wait until it ends, or end it'],
  [/^SQLITE_IOERR/, 'cannot be read or written: the disk reports an error. Look at the system log'],
  [/^(ENOTDIR|EEXIST)/, 'has a file in its path where a folder is needed. Name another folder with --state'],
  [/^ENOSPC/, 'cannot grow: the disk is full. Make room on it'],
  [
    /^(EACCES|EPERM|EROFS)/,
    'cannot be written. Give yourself the right to write it, or name another folder with --state',
  ],
];

/** Any error of the database as `store`, with the file and the remedy. */
export function storeError(error: unknown, file: string): AttituneError {
  if (AttituneError.is(error, 'store')) return error;
  const code = (error as { code?: unknown }).code;
  const text = error instanceof Error ? error.message : String(error);
  const [, reason] = REASONS.find(([pattern]) => typeof code === 'string' && pattern.test(code)) ?? [];
  return new AttituneError('store', `${file} ${reason ?? 'cannot be used'}: ${text}.`, {
    cause: error,
    details: { file, ...(typeof code === 'string' ? { code } : {}) },
  });
}

export function isBusy(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^SQLITE_(BUSY|LOCKED)/.test(code);
}
