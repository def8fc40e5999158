import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import type { Clock, TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Member, MembershipChange } from '../../model/member-bus.js';
import type { Credentials } from '../credentials.js';
import type { SessionToken } from '../session-token.js';
import type { Transport } from '../transport.js';
import { CHALLENGE_HEADER, checkHello } from './admission.js';
import { callerOf, createServer, isLoopback, listen, refuseUpgrade, type Caller } from './listening.js';
import { LocalTransport } from './local-transport.js';
import type { Session } from './session.js';
import { Sessions, type Traffic } from './sessions.js';
import { SocketLink } from './socket-link.js';
import { BUS_PATH, HELLO, HUB_PROTOCOL, MAX_FRAME_BYTES, readRest, splitFrame, type Hello } from './wire.js';

export interface HubOptions {
  readonly clock: Clock;
  /** How often members are pinged; one that has not answered two is gone. Default 5 s. */
  readonly pingMs: number;
  /** A member may be without a connection for so long before it counts as failed. Default 3 s. */
  readonly graceMs: number;
  /** A connection that does not say who it is within this time is closed. Default 5 s. */
  readonly helloMs: number;
  /** A member whose name is asked for by another one must answer within this time. Default 1 s. */
  readonly answerMs: number;
  /** So many bytes may wait for one member. Default 8 MiB. */
  readonly maxBufferedBytes: number;
  readonly maxConnections: number;
  /** Changes of membership are gathered for so long. Default 20 ms. */
  readonly gatherMs: number;
  /**
   * So long after its start it keeps what it carries for members that come back to it a little later than others: longer
   * than any of them waits before it tries. Default 10 s.
   */
  readonly settleMs: number;
  /** What members without a certificate must have, and are shown that the hub has; absent: nothing is asked of them. */
  readonly token: SessionToken | undefined;
  /** Told of each thing that an administrator may want to know. */
  readonly onEvent: (event: HubEvent) => void;
}

export type HubEvent =
  | { readonly kind: 'membership'; readonly change: MembershipChange }
  /** A connection was not let in; `name` as far as it told one. */
  | { readonly kind: 'refused'; readonly place: string; readonly name?: string; readonly error: AttituneError }
  /** A member sent something, or was sent something, that the hub dropped. */
  | { readonly kind: 'dropped'; readonly name: string; readonly why: string };

export interface HubCounts extends Readonly<Traffic> {
  readonly connections: number;
  readonly members: number;
  /** Connections that were not let in, by the code of the reason. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Names under which an administrator can look things up when the socket closes: RFC 6455, 7.4.2, for private use. */
const CLOSE_REFUSED = 4400;
const CLOSE_GOING = 1001;

/** A member that has not answered so many pings is gone. */
const MISSED_PINGS = 2;

const DEFAULTS = {
  pingMs: 5000,
  graceMs: 3000,
  helloMs: 5000,
  answerMs: 1000,
  maxBufferedBytes: 8 * 1024 * 1024,
  maxConnections: 20_000,
  gatherMs: 20,
  settleMs: 10_000,
  token: undefined,
  onEvent: () => undefined,
} as const satisfies Omit<HubOptions, 'clock'>;

/**
 * A bus over WebSockets: members connect to it, and it passes their messages on without reading them. Start it by
 * {@link listen} with a server of its own, or by {@link attach} to one that is there. Who is elsewhere than on this machine
 * needs a certificate, and has the name in it; a host's may be an agent only. Who is on this machine needs the token.
 */
export class WebSocketHub {
  readonly #options: HubOptions;
  readonly #sessions: Sessions;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });
  readonly #challenges = new WeakMap<IncomingMessage, string>();
  readonly #links = new Map<WebSocket, SocketLink>();
  readonly #refused: Record<string, number> = {};
  readonly #detach: (() => void)[] = [];
  #own: Server | undefined;
  #pings: TimerHandle;
  #open = true;

  constructor(options: Partial<HubOptions> & Pick<HubOptions, 'clock'>) {
    this.#options = { ...DEFAULTS, ...options };
    const { clock, onEvent } = this.#options;
    this.#sessions = new Sessions(clock, this.#options, {
      onChange: (change) => onEvent({ kind: 'membership', change }),
      onDropped: (name, why) => onEvent({ kind: 'dropped', name, why }),
    });
    this.#sockets.on('headers', (headers, request) => {
      const challenge = this.#challenges.get(request);
      if (challenge !== undefined) headers.push(`${CHALLENGE_HEADER}: ${challenge}`);
    });
    this.#nextPing();
  }

  get members(): readonly Member[] {
    return this.#sessions.members;
  }

  get counts(): HubCounts {
    return {
      ...this.#sessions.traffic,
      connections: this.#links.size,
      members: this.#sessions.members.length,
      refused: { ...this.#refused },
    };
  }

  /**
   * Listens with a server of its own; port 0 takes any free one. Rejects with `port-in-use`, `usage`, and with
   * `not-permitted` without credentials anywhere but on this machine's own addresses.
   */
  async listen(host: string, port: number, credentials?: Credentials): Promise<{ readonly url: string }> {
    if (!credentials && !isLoopback(host))
      throw new AttituneError(
        'not-permitted',
        `Without certificates the hub listens on this machine's own addresses only, such as 127.0.0.1, and not on ${host}: whoever can connect can give commands. Name a host's certificate with --pki.`,
      );
    const server = createServer(credentials);
    const { address, port: taken } = await listen(server, host, port);
    this.#own = server;
    this.attach(server);
    return { url: urlOf(credentials !== undefined, address, taken) };
  }

  /** Answers the upgrades of the bus's path on a server that is there; its other requests stay its own. */
  attach(server: Server): void {
    const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (new URL(request.url ?? '/', 'http://hub').pathname === BUS_PATH) this.#upgrade(request, socket, head);
      else if (server === this.#own) refuseUpgrade(socket, '404 Not Found', `The bus is at ${BUS_PATH}.`);
    };
    server.on('upgrade', onUpgrade);
    this.#detach.push(() => server.off('upgrade', onUpgrade));
  }

  /** For a member within this very process, such as the manager that has the hub. */
  localTransport(): Transport {
    return new LocalTransport(this.#sessions);
  }

  /** Every connection ends; the members look for the hub again. */
  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#options.clock.clearTimeout(this.#pings);
    for (const detach of this.#detach) detach();
    for (const socket of this.#links.keys()) socket.close(CLOSE_GOING, 'the hub ends');
    this.#sessions.close();
    for (const socket of this.#links.keys()) socket.terminate();
    const server = this.#own;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    let caller: Caller;
    try {
      caller = callerOf(request);
      if (this.#links.size >= this.#options.maxConnections)
        throw new AttituneError('bus', `the hub has ${this.#links.size} connections, and takes no more.`);
    } catch (error) {
      const refused = AttituneError.from(error);
      this.#refuse(request.socket.remoteAddress ?? '', undefined, refused);
      refuseUpgrade(
        socket,
        refused.code === 'bus' ? '503 Service Unavailable' : '403 Forbidden',
        `${refused.code}: ${refused.message}`,
      );
      return;
    }
    if (this.#options.token && !caller.certificate) this.#challenges.set(request, caller.challenge);
    this.#sockets.handleUpgrade(request, socket, head, (webSocket) => this.#greet(webSocket, caller));
  }

  /** Waits for a member's `hello`. */
  #greet(socket: WebSocket, caller: Caller): void {
    const { clock, helloMs, answerMs } = this.#options;
    const link = new SocketLink(socket, caller.place, clock, answerMs);
    this.#links.set(socket, link);
    let session: Session | undefined;
    let greeted = false;
    /** What comes while it is looked whether the name is free. */
    const early: Buffer[] = [];
    const late = clock.setTimeout(
      () => this.#dismiss(socket, caller, undefined, new AttituneError('protocol', 'it did not say who it is.')),
      helloMs,
    );
    const onFrame = (data: Buffer) => {
      if (session) {
        if (this.#sessions.frame(session, data) === 'bye') socket.close(1000);
      } else if (greeted) {
        if (early.length < 10_000) early.push(data);
        else socket.terminate();
      } else {
        greeted = true;
        clock.clearTimeout(late);
        this.#admit(link, caller, data).then(
          (admitted) => {
            session = admitted;
            for (const each of early.splice(0)) onFrame(each);
          },
          (error: unknown) => this.#dismiss(socket, caller, nameIn(data), AttituneError.from(error)),
        );
      }
    };
    socket.on('message', (data: RawData) => onFrame(data as Buffer));
    let failure = '';
    socket.on('error', (error: Error & { readonly code?: string }) => {
      const tooBig = error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH';
      if (tooBig) this.#sessions.traffic.oversized += 1;
      failure = `: ${tooBig ? 'it sent far more than a message may have' : error.message}`;
    });
    socket.on('close', () => {
      clock.clearTimeout(late);
      this.#links.delete(socket);
      if (!session) return;
      this.#sessions.lost(session, link, `its connection broke${failure}`);
    });
  }

  async #admit(link: SocketLink, caller: Caller, data: Buffer): Promise<Session> {
    const hello = helloIn(data);
    const proof = checkHello(hello, caller, this.#options.token);
    return this.#sessions.join(hello, link, proof);
  }

  #dismiss(socket: WebSocket, { place }: Caller, name: string | undefined, error: AttituneError): void {
    this.#refuse(place, name, error);
    if (socket.readyState !== socket.OPEN) return;
    const { code, message } = error;
    socket.send(`refused\n${JSON.stringify({ code, message })}`);
    socket.close(CLOSE_REFUSED, code);
  }

  #refuse(place: string, name: string | undefined, error: AttituneError): void {
    this.#refused[error.code] = (this.#refused[error.code] ?? 0) + 1;
    this.#options.onEvent({ kind: 'refused', place, ...(name === undefined ? {} : { name }), error });
  }

  #nextPing(): void {
    const { clock, pingMs } = this.#options;
    this.#pings = clock.setTimeout(() => {
      for (const link of this.#links.values())
        if (link.unanswered < MISSED_PINGS) link.ping();
        else link.cut();
      this.#sessions.check();
      this.#nextPing();
    }, pingMs);
  }
}

function helloIn(data: Buffer): Hello {
  const frame = splitFrame(data);
  const hello = frame?.words[0] === 'hello' ? readRest(HELLO, data.toString('utf8', frame.rest)) : undefined;
  if (!hello) throw new AttituneError('protocol', 'it did not say who it is in a form that the hub knows.');
  if (hello.v !== HUB_PROTOCOL)
    throw new AttituneError(
      'protocol',
      `it speaks version ${hello.v} of the bus, and the hub ${HUB_PROTOCOL}: give both the same version of AttiTUNe.`,
    );
  return hello;
}

/** The name that it gave, for messages. */
function nameIn(data: Buffer): string | undefined {
  try {
    return helloIn(data).name;
  } catch {
    return undefined;
  }
}

function urlOf(tls: boolean, address: string, port: number): string {
  return `${tls ? 'wss' : 'ws'}://${address.includes(':') ? `[${address}]` : address}:${port}`;
}
