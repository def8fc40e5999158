import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { AttituneError } from '../model/errors.js';

const SHORTEST = 16;

/** What a request must bring as `Authorization: Bearer TOKEN`. */
export class AccessToken {
  readonly #digest: Buffer;

  constructor(token: string) {
    this.#digest = digest(token);
  }

  /** The first line of a file that only its owner can read. Throws `file-not-found`, `not-permitted` or `value`. */
  static fromFile(file: string): AccessToken {
    let text: string;
    try {
      if ((statSync(file).mode & 0o077) !== 0) {
        throw new AttituneError('not-permitted', `Others can read the token file ${file}. Run: chmod 600 ${file}`);
      }
      text = readFileSync(file, 'utf8');
    } catch (error) {
      throw AttituneError.from(error, 'file-not-found', `the token file ${file}`);
    }
    const [token = ''] = text.split(/\r?\n/);
    if (/^[\x21-\x7e]+$/.test(token) && token.length >= SHORTEST) return new AccessToken(token);
    throw new AttituneError(
      'value',
      `The token file ${file} must begin with a line of at least ${SHORTEST} letters and digits. Make one: openssl rand -hex 24 > ${file}`,
    );
  }

  /** Takes as long for a wrong token as for the right one. */
  allows(authorization: string | undefined): boolean {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(given), this.#digest);
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
