import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { constants } from 'node:fs';
import { link, mkdir, open, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AttituneError } from '../model/errors.js';

/** Which of the two a proof is of: one cannot be sent back as the other. */
export type ProvingSide = 'hub' | 'member';

const FEWEST_CHARACTERS = 16;
const TOKEN = new RegExp(`^[\\x21-\\x7e]{${FEWEST_CHARACTERS},256}$`);

/**
 * A secret that a bus without certificates and its members share. Between a member and a hub it is never sent: each proves
 * to the other that it has it, by an HMAC (RFC 2104, SHA-256) of what both said, so that neither a stranger who joins nor a
 * stranger who listens in the hub's place learns it or is believed.
 */
export class SessionToken {
  readonly #secret: string;

  /** `place`: the file that it is from, for messages. Throws `value` for a text that is too short to be a secret. */
  constructor(
    secret: string,
    readonly place: string,
  ) {
    if (!TOKEN.test(secret))
      throw new AttituneError(
        'value',
        `${place} holds no token: it begins with a line of at least ${FEWEST_CHARACTERS} letters and digits. Remove it, and the next hub makes a new one.`,
      );
    this.#secret = secret;
  }

  /** What nobody has said before, for one connection. */
  static challenge(): string {
    return randomBytes(24).toString('base64url');
  }

  /** The secret itself, for a carrier of another make that asks for it. */
  get secret(): string {
    return this.#secret;
  }

  /** `words`: what both sides know of this connection, its challenges among it. */
  proof(side: ProvingSide, words: readonly string[]): string {
    return createHmac('sha256', this.#secret)
      .update(JSON.stringify([side, ...words]))
      .digest('base64url');
  }

  /** Takes as long for a wrong proof as for the right one. */
  isProved(side: ProvingSide, words: readonly string[], given: string): boolean {
    return timingSafeEqual(digest(given), digest(this.proof(side, words)));
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * The token in the first line of a file that only its owner can read. Rejects with `file-not-found`, with `not-permitted`
 * where others can read it or this user cannot, and with `value`.
 */
export async function readSessionToken(file: string): Promise<SessionToken> {
  const token = await tokenIn(file);
  if (token) return token;
  throw new AttituneError('file-not-found', `There is no ${file}: name the token file of the bus with --bus-token.`);
}

/** The token of one's own, which is made where there is none: for its owner only. Rejects as {@link readSessionToken}. */
export async function ensureSessionToken(file: string): Promise<SessionToken> {
  const there = await tokenIn(file, true);
  if (there) return there;
  const fresh = `${file}.${process.pid}-${randomBytes(6).toString('hex')}`;
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(fresh, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flag: 'wx' });
    // whole or not at all, and never in the place of another's
    await link(fresh, file).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    });
  } catch (error) {
    throw AttituneError.from(
      error,
      'file-not-found',
      `The token of the bus cannot be written to ${file}; name another one with --bus-token`,
    );
  } finally {
    await rm(fresh, { force: true });
  }
  return (await tokenIn(file, true)) ?? readSessionToken(file);
}

/** `own`: it must be this user's, or root's. */
async function tokenIn(file: string, own = false): Promise<SessionToken | undefined> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new AttituneError(
      'not-permitted',
      `${file} cannot be read (${code ?? message}): ask its owner for a copy that is yours, and name it with --bus-token.`,
      { cause: error },
    );
  });
  if (!handle) return undefined;
  try {
    const { mode, uid } = await handle.stat();
    if ((mode & 0o077) !== 0)
      throw new AttituneError('not-permitted', `Others can read the token file ${file}. Run: chmod 600 ${file}`);
    if (own && uid !== 0 && uid !== process.geteuid?.())
      throw new AttituneError(
        'not-permitted',
        `${file} is another user's, who could join with it: remove it, or name it with --bus-token if you mean it.`,
      );
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
    const [first = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/);
    return new SessionToken(first, file);
  } catch (error) {
    throw AttituneError.from(error, 'file-not-found', file);
  } finally {
    await handle.close();
  }
}
