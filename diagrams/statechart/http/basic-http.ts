import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AttituneError } from '../../../core/model/errors.js';
import type { OutgoingMessage } from '../interpreter/chart-state.js';
import type { HttpLink, Receiver } from '../running/session-host.js';
import { eventOf, requestOf } from './http-message.js';
import type { HttpMessage } from './http-message.js';

export interface BasicHttpOptions {
  /** Address to listen on; 127.0.0.1 unless told. Whoever reaches it can send events to every session. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Largest body that is taken; 64 KiB unless told. */
  readonly mostBytes?: number;
  /** How long a request may take, in and out; 5 s unless told. */
  readonly timeLimitMs?: number;
  /** True where messages to sessions of the same engine go over the network too. */
  readonly alwaysBySocket?: boolean;
}

/**
 * The Basic HTTP Event I/O Processor (SCXML C.2): `POST /sessions/ID` is an event for a session. A message from one
 * session to another of the same engine is given to it directly. A request that is wrong gets a 4xx and never harms the
 * server; one that a browser sends for a page of another origin is refused, since a page could otherwise raise events.
 */
export class BasicHttp implements HttpLink {
  readonly #server: Server;
  readonly #pending = new Set<Promise<unknown>>();
  readonly #mostBytes: number;
  readonly #timeLimitMs: number;
  #origin = '';

  private constructor(
    private readonly sessions: ReadonlyMap<string, Receiver>,
    private readonly options: BasicHttpOptions,
  ) {
    this.#mostBytes = options.mostBytes ?? 65_536;
    this.#timeLimitMs = options.timeLimitMs ?? 5000;
    const limits = { maxHeaderSize: 16_384, connectionsCheckingInterval: Math.min(1000, this.#timeLimitMs) };
    this.#server = createServer(limits, (request, response) => void this.#serve(request, response));
    this.#server.requestTimeout = this.#timeLimitMs;
    this.#server.headersTimeout = this.#timeLimitMs;
    this.#server.maxConnections = 256;
  }

  /** Listens. Rejects with `port-in-use` or `protocol` where that cannot be. */
  static async open(sessions: ReadonlyMap<string, Receiver>, options: BasicHttpOptions = {}): Promise<BasicHttp> {
    const http = new BasicHttp(sessions, options);
    const { host = '127.0.0.1', port = 0 } = options;
    await new Promise<void>((resolve, reject) => {
      http.#server.once('error', (error: NodeJS.ErrnoException) => {
        const code = error.code === 'EADDRINUSE' ? 'port-in-use' : 'protocol';
        reject(new AttituneError(code, `cannot listen on ${host}:${port}: ${error.message}.`, { cause: error }));
      });
      http.#server.listen(port, host, resolve);
    });
    const { address, family, port: bound } = http.#server.address() as AddressInfo;
    http.#origin = `http://${family === 'IPv6' ? `[${address}]` : address}:${bound}`;
    return http;
  }

  /** Scheme, address and port. */
  get origin(): string {
    return this.#origin;
  }

  locationOf(sessionId: string): string {
    return `${this.#origin}/sessions/${encodeURIComponent(sessionId)}`;
  }

  /** Resolves once no message is on its way. */
  async idle(): Promise<void> {
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  /** Stops listening and cuts what is on its way. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  post(url: string, message: OutgoingMessage): Promise<void> {
    if (!this.options.alwaysBySocket && url.startsWith(`${this.#origin}/`)) return this.#direct(url, message);
    const sent = this.#send(url, message);
    const settled = sent.catch(() => undefined).finally(() => this.#pending.delete(settled));
    this.#pending.add(settled);
    return sent;
  }

  #direct(url: string, message: OutgoingMessage): Promise<void> {
    const request = requestOf(message, url.slice(this.#origin.length));
    const refusal = this.#deliver(request, false);
    if (!refusal) return Promise.resolve();
    return Promise.reject(new AttituneError('protocol', `${url} answers ${refusal.status}: ${refusal.message}`));
  }

  async #send(url: string, message: OutgoingMessage): Promise<void> {
    let response: Response;
    try {
      const { method, headers, body, target } = requestOf(message, url);
      const signal = AbortSignal.timeout(this.#timeLimitMs);
      response = await fetch(target, { method, headers: { ...headers }, body, signal, redirect: 'error' });
      await response.body?.cancel();
    } catch (error) {
      throw new AttituneError('protocol', `${url} cannot be reached: ${reasonOf(error)}.`, { cause: error });
    }
    if (!response.ok) throw new AttituneError('protocol', `${url} answers ${response.status}.`);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let answer: Refusal | undefined;
    try {
      answer = this.#refuseForeign(request) ?? (await this.#take(request));
    } catch (error) {
      answer = { status: 400, message: AttituneError.from(error).message };
    }
    response.on('error', () => undefined);
    response.writeHead(answer?.status ?? 204, {
      'content-type': 'text/plain; charset=utf-8',
      ...(answer ? { connection: 'close' } : {}),
    });
    response.end(answer && `${answer.message}\n`);
    if (answer) request.destroy();
  }

  /** Browsers name the page that a request comes from; other programs do not. */
  #refuseForeign({ headers }: IncomingMessage): Refusal | undefined {
    if (headers.origin !== undefined && headers.origin !== this.#origin) {
      return { status: 403, message: 'Pages of other origins cannot send events.' };
    }
    return undefined;
  }

  async #take(request: IncomingMessage): Promise<Refusal | undefined> {
    const { method = '', url = '', headers } = request;
    if (Number(headers['content-length'] ?? 0) > this.#mostBytes) return this.#tooLarge();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > this.#mostBytes) return this.#tooLarge();
      chunks.push(chunk);
    }
    let body: string;
    try {
      body = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    } catch {
      return { status: 400, message: 'The body is not UTF-8.' };
    }
    const known = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
    return this.#deliver({ method, target: url, headers: Object.fromEntries(known), body }, true);
  }

  #tooLarge(): Refusal {
    return { status: 413, message: `A body has at most ${this.#mostBytes} bytes.` };
  }

  /** Gives a message to its session, or tells why not. */
  #deliver(message: HttpMessage, fromOutside: boolean): Refusal | undefined {
    if (message.method !== 'POST') {
      return { status: 405, message: 'Events are sent by POST.' };
    }
    const id = sessionIn(message.target);
    const session = id === undefined ? undefined : this.sessions.get(id);
    if (!session) return { status: 404, message: 'There is no such session.' };
    try {
      session.receive(eventOf(message), fromOutside);
      return undefined;
    } catch (error) {
      return { status: 400, message: AttituneError.from(error).message };
    }
  }
}

interface Refusal {
  readonly status: number;
  readonly message: string;
}

function sessionIn(target: string): string | undefined {
  const encoded = /^\/sessions\/([^/?]+)(?:\?|$)/.exec(target)?.[1];
  try {
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown } };
  return String(cause?.message ?? message);
}
