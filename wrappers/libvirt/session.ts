/** Opening a connection: reaching the daemon, authentication, choosing its driver, keepalive. */
import type { Duplex } from 'node:stream';
import { delay } from '../../core/model/clock.js';
import type { Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import { REMOTE_AUTH_TYPES, VIR_DRV_FEATURE_PROGRAM_KEEPALIVE } from './constants.js';
import type { Transport } from './endpoint.js';
import { recoded } from './errors.js';
import { RpcConnection } from './rpc/connection.js';
import type { KeepaliveOptions } from './rpc/keepalive.js';
import { remoteProcedures } from './rpc/procedures.js';
import { endpointName, type Dial } from './transports/index.js';
import type { LibvirtUri } from './uri.js';

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

/**
 * A connection on which the driver of the URI is open. Rejects with `host-unreachable` where the daemon cannot be
 * reached in time, with `certificate` where one side does not accept the other's, with `hypervisor` where the daemon asks
 * for an authentication that is not supported or has no such driver, with `missing-package` without ssh.
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
    throw AttituneError.from(told(error, host), 'host-unreachable', `${host}: libvirt at ${place} cannot be reached`);
  } finally {
    settled.abort(new Error('settled'));
  }
}

async function dial(options: SessionOptions, signal: AbortSignal): Promise<Duplex> {
  const stream = await options.dial(options.uri.endpoint, signal).catch((error: unknown) => {
    throw AttituneError.is(error) ? recoded(error, error.code, `${options.host}: ${error.message}`) : error;
  });
  if (!signal.aborted) return stream;
  stream.destroy();
  throw signal.reason;
}

/** Where a transport ends its stream with an error of its own, that one says more than the loss of the connection. */
function told(error: unknown, host: string): unknown {
  if (!AttituneError.is(error, 'host-unreachable') || !AttituneError.is(error.cause)) return error;
  return recoded(error.cause, error.cause.code, `${host}: ${error.cause.message}`);
}

/** What to do where a daemon asks for a password, by transport. */
const AUTHENTICATION: Readonly<Record<Transport, string>> = {
  unix: 'set auth_unix_rw to "none" in libvirtd.conf, and protect the socket by its owner and mode instead',
  ssh: 'set auth_unix_rw to "none" in libvirtd.conf, and protect the socket by its owner and mode instead',
  tcp: 'use the transport tls, or set auth_tcp to "none" in libvirtd.conf on a network that only you reach',
  tls: 'set auth_tls to "none" in libvirtd.conf: the client certificates say who is let in',
};

async function handshake(connection: RpcConnection, host: string, uri: LibvirtUri): Promise<void> {
  const { types } = await connection.call(remoteProcedures.authList, undefined);
  const names = types.map((type) => REMOTE_AUTH_TYPES[type] ?? `type ${type}`);
  if (names.includes('polkit') && !names.includes('none')) {
    await connection.call(remoteProcedures.authPolkit, undefined);
  } else if (names.length > 0 && !names.includes('none')) {
    throw new AttituneError(
      'hypervisor',
      `${host}: libvirt asks for the authentication ${names.join(', ')}, which is not supported: ${AUTHENTICATION[uri.endpoint.kind]}.`,
    );
  }
  await connection.call(remoteProcedures.connectOpen, { name: uri.name, flags: 0 });
  await connection.call(remoteProcedures.connectSupportsFeature, { feature: VIR_DRV_FEATURE_PROGRAM_KEEPALIVE });
}
