import { join } from 'node:path';
import { ensureSessionToken, readSessionToken, type SessionToken } from '../bus/session-token.js';
import { stateFolder } from './state-folder.js';

/** The environment's word for the token file of a bus without certificates. */
export const TOKEN_VARIABLE = 'ATTITUNE_BUS_TOKEN';

/** In the state folder: what all commands of one user share. */
const TOKEN_FILE = 'bus-token';

/** Where the token is, unless told. */
export function ownTokenFile(): string {
  return join(stateFolder(undefined), TOKEN_FILE);
}

/**
 * The token of a bus without certificates: in the file that `--bus-token` or the environment names, else this user's own,
 * which is made where there is none, since members may be there before their bus. Rejects with `file-not-found`, `not-permitted` and `value`.
 */
export function busToken(file: string | undefined): Promise<SessionToken> {
  const named = nonEmpty(file) ?? nonEmpty(process.env[TOKEN_VARIABLE]);
  return named === undefined ? ensureSessionToken(ownTokenFile()) : readSessionToken(named);
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
