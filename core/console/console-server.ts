import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { isIPv6, type AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { WebSocketServer } from 'ws';
import { asset } from '../assets/package-root.js';
import type { Bus } from '../model/bus.js';
import { AttituneError, formatError } from '../model/errors.js';
import type { Subscription } from '../model/hypervisor.js';
import { ClientHub, type ClientHubOptions } from './client-hub.js';
import { guardFor, securityHeaders, type Guard } from './request-guard.js';
import { initialState, reduce, shorten, TOPICS, type BusChange, type ViewState, type ViewTopic } from './view-state.js';

export interface ConsoleOptions extends Partial<ClientHubOptions> {
  /** Address to listen on; default `127.0.0.1`, which only this machine reaches. */
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly title: string;
  /** Further names, beside its addresses and `localhost`, under which browsers reach this console. */
  readonly names?: readonly string[];
}

/** The SVG of a diagram by its file, in which the element of each state carries `data-state="ID"`. */
export type Drawings = (file: string) => Promise<string>;

const HUB_DEFAULTS: ClientHubOptions = { gatherMs: 50, maxBufferedBytes: 4 << 20, pingMs: 30_000 };

/** A page needs a few; more is a mistake or an attack. */
const MAX_CLIENTS = 100;

const require = createRequire(import.meta.url);

/** Files from outside the page's folder, by their path. */
const SHARED: Readonly<Record<string, { readonly file: string; readonly type: string }>> = {
  '/view-state.js': { file: fileURLToPath(new URL('./view-state.js', import.meta.url)), type: 'text/javascript' },
  '/vendor/uplot/uPlot.esm.js': { file: require.resolve('uplot/dist/uPlot.esm.js'), type: 'text/javascript' },
  '/vendor/uplot/uPlot.min.css': { file: require.resolve('uplot/dist/uPlot.min.css'), type: 'text/css' },
};

/** Serves the console of one system: see README.md beside it. It reads the bus from `start` to `stop`. */
export class ConsoleServer {
  readonly #bus: Bus;
  readonly #options: ConsoleOptions;
  readonly #drawings: Drawings;
  readonly #guard: Guard;
  readonly #page = sirv(asset('core/console/page'), { etag: true });
  #state: ViewState = initialState();
  #running: { readonly server: Server; readonly hub: ClientHub; readonly subscriptions: Subscription[] } | undefined;

  constructor(bus: Bus, options: ConsoleOptions, drawings: Drawings) {
    this.#bus = bus;
    this.#options = options;
    this.#drawings = drawings;
    this.#guard = guardFor([hostname(), options.host ?? 'localhost', ...(options.names ?? [])]);
  }

  /** What a client that connects now would be told. */
  get state(): ViewState {
    return this.#state;
  }

  /** How many pages are connected. */
  get clients(): number {
    return this.#running?.hub.size ?? 0;
  }

  /** Rejects with `port-in-use` where another program listens there, and with `usage` where one cannot listen at all. */
  async start(): Promise<{ readonly url: string }> {
    if (this.#running) throw new AttituneError('internal', 'this console was started already');
    const hub = new ClientHub(() => ({ type: 'state', title: this.#options.title, state: this.#state }), {
      ...HUB_DEFAULTS,
      ...this.#options,
    });
    const server = createServer((request, response) => void this.#answer(request, response));
    // an upgrade is answered by `upgrade` alone: a page needs one socket and sends nothing over it
    const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });
    server.on('upgrade', (request, socket, head) => {
      const refusal = this.#refusal(request, hub);
      if (refusal) refuse(socket, refusal);
      else sockets.handleUpgrade(request, socket, head, (client) => hub.add(client));
    });
    const subscriptions = TOPICS.map((topic) => this.#follow(topic, hub));
    this.#running = { server, hub, subscriptions };
    try {
      await listen(server, this.#options);
    } catch (error) {
      await this.stop();
      throw error;
    }
    const { address, port } = server.address() as AddressInfo;
    return { url: `http://${reachable(address)}:${port}/` };
  }

  /** Closes every connection; harmless where it was not started. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (!running) return;
    this.#running = undefined;
    for (const subscription of running.subscriptions) subscription.unsubscribe();
    running.hub.close();
    const closed = new Promise<void>((resolve) => running.server.close(() => resolve()));
    running.server.closeAllConnections();
    await closed;
  }

  #follow(topic: ViewTopic, hub: ClientHub): Subscription {
    return this.#bus.subscribe(topic, (message) => {
      const change = shorten([topic, message] as BusChange);
      this.#state = reduce(this.#state, change);
      hub.push(change);
    });
  }

  #refusal(request: IncomingMessage, hub: ClientHub): string | undefined {
    if (this.#guard.host(request.headers) === undefined) return '421 Misdirected Request';
    if (!this.#guard.origin(request.headers)) return '403 Forbidden';
    if (pathOf(request).pathname !== '/live') return '404 Not Found';
    return hub.size >= MAX_CLIENTS ? '503 Service Unavailable' : undefined;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = this.#guard.host(request.headers);
    if (host === undefined) {
      send(response, 421, 'text/plain', 'This console does not answer to that name; call it by its address.\n');
      return;
    }
    for (const [name, value] of Object.entries(securityHeaders(host))) response.setHeader(name, value);
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      send(response, 405, 'text/plain', 'This console is read-only.\n');
      return;
    }
    try {
      await this.#route(request, response);
    } catch (error) {
      if (response.headersSent) response.destroy();
      else send(response, 500, 'text/plain', `${explain(error)}\n`);
    }
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = pathOf(request);
    const shared = Object.hasOwn(SHARED, pathname) ? SHARED[pathname] : undefined;
    if (shared) send(response, 200, shared.type, await readFile(shared.file));
    else if (pathname === '/healthz') send(response, 200, 'text/plain', 'ok\n');
    else if (pathname === '/state') {
      send(response, 200, 'application/json', JSON.stringify({ title: this.#options.title, ...this.#state }));
    } else if (pathname === '/drawing') await this.#drawing(searchParams.get('file'), response);
    else this.#page(request, response, () => send(response, 404, 'text/plain', 'There is no such page.\n'));
  }

  /** Only what a session on the bus named is drawn: a client cannot make the manager read any other file. */
  async #drawing(file: string | null, response: ServerResponse): Promise<void> {
    if (file === null || !this.#state.sessions.some((session) => session.file === file)) {
      send(response, 404, 'text/plain', 'No session runs a diagram of that file.\n');
      return;
    }
    const svg = await this.#drawings(file);
    // as a document of its own the picture may bring its own styles, but still nothing that runs
    response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox");
    send(response, 200, 'image/svg+xml', svg);
  }
}

/** Reading a diagram can fail for several reasons at once. */
function explain(error: unknown): string {
  const errors: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
  return errors.map((one) => formatError(AttituneError.from(one))).join('\n');
}

function pathOf(request: IncomingMessage): URL {
  const path = `http://console${request.url ?? '/'}`;
  return URL.canParse(path) ? new URL(path) : new URL('http://console/malformed');
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer): void {
  response.writeHead(status, { 'Content-Type': `${type}; charset=utf-8`, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function refuse(socket: Duplex, status: string): void {
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

function listen(server: Server, { host = '127.0.0.1', port }: ConsoleOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)));
    server.listen(port, host, () => resolve());
  });
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): AttituneError {
  if (error.code === 'EADDRINUSE') {
    const message = `the console cannot listen on port ${port} of ${host}: another program does; give it another port, or 0 for any free one, or end that program`;
    return new AttituneError('port-in-use', message, { cause: error, details: { host, port } });
  }
  const reason =
    error.code === 'EACCES' ? 'a port below 1024 needs the rights of root; take a higher one' : error.message;
  return new AttituneError('usage', `the console cannot listen on port ${port} of ${host}: ${reason}`, {
    cause: error,
  });
}

/** An address that a browser on this machine can open. */
function reachable(address: string): string {
  if (address === '0.0.0.0' || address === '::') return 'localhost';
  return isIPv6(address) ? `[${address}]` : address;
}
