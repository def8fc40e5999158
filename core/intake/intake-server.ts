import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { guardFor, type Guard } from '../console/request-guard.js';
import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { AccessToken } from './access-token.js';
import type { Intake } from './intake.js';
import { authority, isLoopback, type IntakeAddress } from './intake-address.js';
import { BODY_LIMIT_BYTES, bodyOf } from './request-body.js';
import { RateBound } from './rate-bound.js';
import { answer, failure, type IntakeAnswer } from './routes.js';
import { bindSocket, releaseSocket } from './socket-file.js';

export type IntakePlace =
  | { readonly kind: 'tcp'; readonly address: IntakeAddress; readonly token?: AccessToken | undefined }
  /** A Unix socket that only its owner can use: whoever can needs no token. */
  | { readonly kind: 'socket'; readonly path: string };

/** Requests a second, and at once. */
const RATE = { perSecond: 500, atOnce: 1000 };
const MAX_CONNECTIONS = 100;
const REQUEST_TIMEOUT_MS = 10_000;

/** The intake over HTTP: see README.md beside it for its requests. */
export class IntakeServer {
  readonly #server: Server;
  readonly #guard: Guard;
  readonly #bound: RateBound;

  /** Throws `not-permitted` for an address that others reach, without a token. `clock`: that of this machine. */
  constructor(
    private readonly intake: Intake,
    private readonly place: IntakePlace,
    clock: Clock,
  ) {
    if (place.kind === 'tcp' && !place.token && !isLoopback(place.address.host)) {
      throw new AttituneError(
        'not-permitted',
        `Others reach ${authority(place.address)}, so requests there need a token: give --intake-token FILE, or an address such as 127.0.0.1.`,
      );
    }
    this.#guard = guardFor([hostname(), ...(place.kind === 'tcp' ? [place.address.host] : [])]);
    this.#bound = new RateBound(clock, RATE.perSecond, RATE.atOnce);
    this.#server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS, keepAliveTimeout: 5000 },
      (request, response) => void this.#answer(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Rejects with `port-in-use` where another program listens there, with `usage` where one cannot listen at all. */
  async start(): Promise<{ readonly at: string }> {
    const { place } = this;
    if (place.kind === 'socket') {
      await bindSocket(this.#server, place.path);
      return { at: place.path };
    }
    const { host, port } = place.address;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, place.address)));
      this.#server.listen(port, host, () => resolve());
    });
    const bound = this.#server.address() as AddressInfo;
    return { at: `http://${authority({ host, port: bound.port })}` };
  }

  /** Closes every connection; harmless where it was not started. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
    if (this.place.kind === 'socket') await releaseSocket(this.place.path);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const told = await this.#told(request).catch((error: unknown) => {
      const { code, message } = AttituneError.from(error);
      return failure(400, code, message);
    });
    if (told.status >= 400) this.intake.refused();
    // what was not read of a request that was refused must not be taken for the next one
    const headers = { ...told.headers, ...(told.status >= 400 ? { Connection: 'close' } : {}) };
    response.writeHead(told.status, {
      ...headers,
      'Content-Type': told.type,
      'Content-Length': Buffer.byteLength(told.body),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    });
    response.end(told.body);
  }

  async #told(request: IncomingMessage): Promise<IntakeAnswer> {
    const { method = 'GET', url = '/', socket } = request;
    const refusal = this.#refusal(request);
    if (refusal) return refusal;
    const body = await bodyOf(request);
    if (body === undefined) return failure(413, 'value', `The body is longer than ${BODY_LIMIT_BYTES / 1024} KiB.`);
    const trusted = this.place.kind === 'socket';
    const from = trusted ? 'a program of this machine' : `HTTP from ${socket.remoteAddress ?? 'somewhere'}`;
    return answer(this.intake, { method, path: url.split('?')[0] ?? '/', body, from, trusted });
  }

  #refusal({ headers }: IncomingMessage): IntakeAnswer | undefined {
    if (!this.#bound.take()) {
      const told = failure(
        429,
        'not-permitted',
        `There are more than ${RATE.perSecond} requests a second. Send batches.`,
      );
      return { ...told, headers: { 'Retry-After': '1' } };
    }
    if (this.place.kind === 'socket') return undefined;
    // a page of somebody else's in a browser here must not push: it sends an Origin, or comes by a name of its own
    if (headers.origin !== undefined) return failure(403, 'not-permitted', 'Pages of the web may not ask here.');
    if (this.#guard.host(headers) === undefined)
      return failure(421, 'not-permitted', 'This is not reached under that name. Call it by its address.');
    if (!this.place.token || this.place.token.allows(headers.authorization)) return undefined;
    const told = failure(401, 'not-permitted', 'The token is missing or wrong: Authorization: Bearer TOKEN.');
    return { ...told, headers: { 'WWW-Authenticate': 'Bearer' } };
  }
}

function listenError(error: NodeJS.ErrnoException, address: IntakeAddress): AttituneError {
  const where = authority(address);
  if (error.code === 'EADDRINUSE') {
    return new AttituneError('port-in-use', `The intake cannot listen on ${where}: another program does.`, {
      cause: error,
    });
  }
  return new AttituneError('usage', `The intake cannot listen on ${where}: ${error.message}.`, { cause: error });
}
