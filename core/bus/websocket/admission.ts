import { AttituneError } from '../../model/errors.js';
import type { SessionToken } from '../session-token.js';
import type { Caller } from './listening.js';
import type { Hello } from './wire.js';

/** A header of the hub's answer to the upgrade: the hub asks for a proof of its token, over this text. */
export const CHALLENGE_HEADER = 'attitune-challenge';

/** What a host's certificate may be on the bus: its host acts, and commands nobody. */
const HOST_ROLE = 'agent';

/** What hub and member both know of a connection, and prove their token over. */
export function provenWords(
  challenge: string,
  port: number,
  { nonce = '', name, role, incarnation }: Pick<Hello, 'nonce' | 'name' | 'role' | 'incarnation'>,
): readonly string[] {
  return [challenge, nonce, String(port), name, role, incarnation];
}

/**
 * Whether a caller may be whom it calls itself; the proof of the hub's own token where one is asked for. With a certificate
 * it has the name in it, and a host's may be an agent only. Throws `certificate` and `not-permitted`.
 */
export function checkHello(
  hello: Hello,
  { certificate, challenge, port }: Caller,
  token: SessionToken | undefined,
): string | undefined {
  const { name, role } = hello;
  if (certificate) {
    if (certificate.name !== name)
      throw new AttituneError(
        'certificate',
        `it calls itself ${name}, but its certificate is for ${certificate.name}: give it that name, or a certificate of its own.`,
      );
    if (certificate.ofHost && role !== HOST_ROLE)
      throw new AttituneError(
        'not-permitted',
        `the certificate of ${name} is a host's, and may be an ${HOST_ROLE} only, no ${role}: managers and people take a client's (attitune pki issue --client NAME).`,
      );
    return undefined;
  }
  if (!token) return undefined;
  const words = provenWords(challenge, port, hello);
  if (hello.proof !== undefined && hello.nonce !== undefined && token.isProved('member', words, hello.proof))
    return token.proof('hub', words);
  const why =
    hello.proof === undefined
      ? 'it has no token of this bus'
      : "its token is another one than this bus's, or its port is";
  throw new AttituneError(
    'not-permitted',
    `${why}: run it as the user of the hub, or name a copy of ${token.place} that is its user's own with --bus-token.`,
  );
}
