/** The transports that are plain sockets: unix and tcp. */
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { TcpEndpoint, UnixEndpoint } from '../endpoint.js';

export function dialUnix({ path, direct }: UnixEndpoint, signal: AbortSignal): Promise<Socket> {
  const there = direct !== undefined && existsSync(direct);
  return connected(connect({ path: there ? direct : path }), signal);
}

export function dialTcp({ host, port }: TcpEndpoint, signal: AbortSignal): Promise<Socket> {
  return connected(connect({ host, port, noDelay: true }), signal);
}

function connected(socket: Socket, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const onAbort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
