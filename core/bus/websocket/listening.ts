import { createServer as createHttpServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { BlockList, isIP, type AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import { AttituneError } from '../../model/errors.js';
import { usagesOf } from '../../pki/index.js';
import type { Credentials } from '../credentials.js';
import { SessionToken } from '../session-token.js';

/** The own server of a hub: it answers nothing but upgrades. */
export function createServer(credentials: Credentials | undefined): Server {
  const server = credentials
    ? createHttpsServer({
        ca: credentials.authority,
        cert: credentials.certificate,
        key: credentials.key,
        requestCert: true,
        // whoever has none is told so, in `callerOf`
        rejectUnauthorized: false,
        minVersion: 'TLSv1.2',
      })
    : createHttpServer();
  server.on('request', (_request, response) => {
    response.writeHead(426, { 'Content-Type': 'text/plain', Connection: 'close' });
    response.end('This is a hub of the bus; it speaks WebSocket only.\n');
  });
  return server;
}

/** Rejects with `port-in-use`, or with `usage` where one cannot listen there at all. */
export function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException) => {
      const where = `port ${port} of ${host}`;
      reject(
        error.code === 'EADDRINUSE'
          ? new AttituneError(
              'port-in-use',
              `The hub cannot listen on ${where}: another program does. Give it another port, or end that program.`,
              { cause: error, details: { host, port } },
            )
          : new AttituneError('usage', `The hub cannot listen on ${where}: ${error.message}.`, { cause: error }),
      );
    };
    server.once('error', onError);
    server.listen(port, host, () => {
      server.off('error', onError);
      resolve(server.address() as AddressInfo);
    });
  });
}

/** Who wants to connect: the name of its certificate, or, from this very machine, whoever it says that it is. */
export interface Caller {
  readonly place: string;
  /** Of its certificate the common name, and whether it is a host's; absent without TLS. */
  readonly certificate?: { readonly name: string; readonly ofHost: boolean };
  /** Of this connection, for whoever proves something over it. */
  readonly challenge: string;
  /** The port that it came to. */
  readonly port: number;
}

/** Throws `certificate` for one without a valid certificate, and `not-permitted` for one from elsewhere without TLS. */
export function callerOf(request: IncomingMessage): Caller {
  const { socket, headers } = request;
  const address = socket.remoteAddress ?? '';
  const place = `${address.includes(':') ? `[${address}]` : address}:${socket.remotePort ?? 0}`;
  // a page in a browser of this machine must not be able to speak for its user
  if (headers.origin !== undefined)
    throw new AttituneError('not-permitted', `${place}: the bus is not for pages in browsers.`);
  const connection = { place, challenge: SessionToken.challenge(), port: socket.localPort ?? 0 };
  if (!(socket instanceof TLSSocket)) {
    if (isLoopback(address)) return connection;
    throw new AttituneError('not-permitted', `${place}: without TLS only this machine itself may connect; use wss.`);
  }
  if (!socket.authorized) {
    const why = socket.authorizationError as Error | string | undefined;
    const reason = why instanceof Error ? why.message : (why ?? 'it showed none');
    throw new AttituneError('certificate', `${place}: the hub does not accept its certificate: ${reason}.`);
  }
  const { subject } = socket.getPeerCertificate();
  const name = Array.isArray(subject.CN) ? subject.CN[0] : (subject as { readonly CN?: string }).CN;
  const shown = socket.getPeerX509Certificate();
  if (name === undefined || name === '' || !shown)
    throw new AttituneError('certificate', `${place}: its certificate has no common name.`);
  return { ...connection, certificate: { name, ofHost: usagesOf(shown).includes('server') } };
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether an address, or the name `localhost`, is this machine's own. */
export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '').replace(/^::ffff:/i, '');
  const version = isIP(plain);
  return version === 0 ? plain === 'localhost' : LOOPBACK.check(plain, version === 6 ? 'ipv6' : 'ipv4');
}

/** Answers an upgrade with a refusal in words, which the member's error repeats. */
export function refuseUpgrade(socket: Duplex, status: string, why: string): void {
  const body = `${why}\n`;
  socket.on('error', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
