import { chmod, mkdir, rm } from 'node:fs/promises';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { AttituneError } from '../model/errors.js';

/** Of a path of a socket, in bytes; see unix(7). */
const LONGEST_PATH = 107;

/**
 * Listens on a Unix socket that only its owner can use. One that a killed manager left is taken over. Rejects with
 * `port-in-use` where somebody listens there, `usage` where there cannot be one.
 */
export async function bindSocket(server: Server, path: string): Promise<void> {
  if (Buffer.byteLength(path) > LONGEST_PATH) {
    throw new AttituneError(
      'usage',
      `The path of the socket ${path} is longer than ${LONGEST_PATH} bytes. Give a shorter folder with --state or ATTITUNE_STATE.`,
    );
  }
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    if (await isHeard(path)) throw new AttituneError('port-in-use', `Another manager listens on ${path}.`);
    await rm(path, { force: true });
    await listen(server, path);
    await chmod(path, 0o600);
  } catch (error) {
    throw AttituneError.from(error, 'usage', `no events can be taken on ${path}`);
  }
}

export function releaseSocket(path: string): Promise<void> {
  return rm(path, { force: true });
}

/** True where somebody listens there. */
export function isHeard(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // from its first moment on nobody else can connect
    const before = process.umask(0o177);
    try {
      server.listen(path, () => resolve());
    } finally {
      process.umask(before);
    }
  });
}
