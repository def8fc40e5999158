/** Reaching a libvirt daemon: one file per transport, each of which makes a stream that carries libvirt's RPC. */
import type { Duplex } from 'node:stream';
import type { Endpoint } from '../endpoint.js';
import { dialTcp, dialUnix } from './socket.js';
import { dialSsh } from './ssh.js';
import { dialTls } from './tls.js';

/** Reaches an endpoint; rejects with what went wrong, and with the signal's reason once that is aborted. */
export type Dial = (endpoint: Endpoint, signal: AbortSignal) => Promise<Duplex>;

/** The transports of this machine. */
export const dialEndpoint: Dial = (endpoint, signal) => {
  switch (endpoint.kind) {
    case 'unix':
      return dialUnix(endpoint, signal);
    case 'tcp':
      return dialTcp(endpoint, signal);
    case 'tls':
      return dialTls(endpoint, signal);
    case 'ssh':
      return dialSsh(endpoint, signal);
  }
};

/** How an endpoint is called in messages. */
export function endpointName(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path;
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  if (endpoint.kind !== 'ssh') return `${host}:${endpoint.port}`;
  return `ssh://${endpoint.user === undefined ? '' : `${endpoint.user}@`}${host}${endpoint.port === undefined ? '' : `:${endpoint.port}`}`;
}
