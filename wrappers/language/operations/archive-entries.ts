import { posix } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';

/** A line of `tar --list --verbose --numeric-owner --quoting-style=c`: type, mode, owner, size, date, time, name, target. */
const LINE = /^(.)\S+ \S+ +\S+ \S+ \S+ "((?:[^"\\]|\\.)*)"(?: (?:->|link to) "((?:[^"\\]|\\.)*)")?$/;

const KINDS: Readonly<Record<string, string>> = { b: 'a device', c: 'a device', p: 'a pipe' };

/**
 * Refuses an archive with an entry that would be written, or lead, outside of the folder that it is unpacked into.
 * `strip` is how many leading parts of each name are left out. Throws `operation-failed` naming the entry.
 */
export function refuseEscapes(listing: string, strip: number): void {
  for (const line of listing.split('\n')) {
    if (line === '') continue;
    const match = LINE.exec(line);
    if (!match) throw refused(line, 'tar lists it in a form that is not understood');
    const [, type = '', name = '', target] = match;
    const kind = KINDS[type];
    if (kind !== undefined) throw refused(name, `it is ${kind}`);
    if (escapes(name)) throw refused(name, 'it leads out of the folder');
    const kept = stripped(name, strip);
    if (target === undefined || kept === undefined) continue;
    // a hard link names another entry of the archive, a symbolic one a path from where it stands
    const reached = type === 'h' ? target : posix.join(posix.dirname(kept), target);
    if (posix.isAbsolute(target) || escapes(reached))
      throw refused(name, `it is a link to ${target}, outside of the folder`);
  }
}

function escapes(name: string): boolean {
  return posix.isAbsolute(name) || name.split('/').includes('..');
}

function stripped(name: string, strip: number): string | undefined {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.length > strip ? parts.slice(strip).join('/') : undefined;
}

function refused(entry: string, why: string): AttituneError {
  return new AttituneError('operation-failed', `the archive is not unpacked, because of its entry "${entry}": ${why}.`);
}
