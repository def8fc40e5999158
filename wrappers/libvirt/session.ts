/** Opening a connection: reaching the daemon, authentication, choosing its driver, keepalive. */
import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { delay } from '../../core/model/clock.js';
import type { Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import { REMOTE_AUTH_TYPES, VIR_DRV_FEATURE_PROGRAM_KEEPALIVE } from './constants.js';
import { RpcConnection } from './rpc/connection.js';
import type { KeepaliveOptions } from './rpc/keepalive.js';
import { remoteProcedures } from './rpc/procedures.js';
import type { Endpoint, LibvirtUri } from './uri.js';

/** Reaches an endpoint; rejects with the system's error, and with the signal's reason once that is aborted. */
export type Dial = (endpoint: Endpoint, signal: AbortSignal) => Promise<Duplex>;

export interface SessionOptions {
  /** The host's name in the deployment, for messages. */
  readonly host: string;
  readonly uri: LibvirtUri;
  readonly clock: Clock;
  readonly dial: Dial;
  /** How long reaching the daemon and opening its driver may take together. */
  readonly connectTimeoutMs: number;
  readonly keepalive?: KeepaliveOptions;
  readonly maxClientRequests?: number;
}

/** The sockets of the machine. */
export const dialSocket: Dial = (endpoint, signal) =>
  new Promise((resolve, reject) => {
    const socket =
      endpoint.kind === 'unix'
        ? connectSocket({ path: endpoint.path })
        : connectSocket({ host: endpoint.host, port: endpoint.port, noDelay: true });
    const onAbort = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('error', reject);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', reject);
      resolve(socket);
    });
  });

/** How an endpoint is called in messages. */
export function endpointName(endpoint: Endpoint): string {
  if (endpoint.kind === 'unix') return endpoint.path;
  return endpoint.host.includes(':') ? `[${endpoint.host}]:${endpoint.port}` : `${endpoint.host}:${endpoint.port}`;
}

/**
 * A connection on which the driver of the URI is open. Rejects with `host-unreachable` where the daemon cannot be
 * reached in time, with `hypervisor` where it asks for an authentication that is not supported or has no such driver.
 */
export async function openSession(options: SessionOptions): Promise<RpcConnection> {
  const { host, uri, clock, connectTimeoutMs } = options;
  const place = endpointName(uri.endpoint);
  const settled = new AbortController();
  const expired = new AbortController();
  delay(clock, connectTimeoutMs, settled.signal).then(
    () => expired.abort(new Error(`no answer within ${connectTimeoutMs / 1000} s`)),
    () => undefined,
  );
  try {
    const stream = await dial(options, expired.signal);
    const connection = new RpcConnection(stream, {
      clock,
      peer: host,
      ...(options.keepalive && { keepalive: options.keepalive }),
      ...(options.maxClientRequests && { maxClientRequests: options.maxClientRequests }),
    });
    expired.signal.addEventListener('abort', () => stream.destroy(expired.signal.reason as Error), { once: true });
    try {
      await handshake(connection, host, uri);
      return connection;
    } catch (error) {
      connection.close(remoteProcedures.connectClose);
      throw error;
    }
  } catch (error) {
    throw AttituneError.from(error, 'host-unreachable', `${host}: libvirt at ${place} cannot be reached`);
  } finally {
    settled.abort(new Error('settled'));
  }
}

async function dial(options: SessionOptions, signal: AbortSignal): Promise<Duplex> {
  const stream = await options.dial(options.uri.endpoint, signal);
  if (!signal.aborted) return stream;
  stream.destroy();
  throw signal.reason;
}

async function handshake(connection: RpcConnection, host: string, uri: LibvirtUri): Promise<void> {
  const { types } = await connection.call(remoteProcedures.authList, undefined);
  const names = types.map((type) => REMOTE_AUTH_TYPES[type] ?? `type ${type}`);
  if (names.includes('polkit') && !names.includes('none')) {
    await connection.call(remoteProcedures.authPolkit, undefined);
  } else if (names.length > 0 && !names.includes('none')) {
    throw new AttituneError(
      'hypervisor',
      `${host}: libvirt asks for the authentication ${names.join(', ')}; set auth_tcp or auth_unix_rw to "none" in ` +
        'libvirtd.conf and protect the network or the socket instead.',
    );
  }
  await connection.call(remoteProcedures.connectOpen, { name: uri.name, flags: 0 });
  await connection.call(remoteProcedures.connectSupportsFeature, { feature: VIR_DRV_FEATURE_PROGRAM_KEEPALIVE });
}
