import type { IncomingMessage } from 'node:http';
import { WebSocket, type ClientOptions, type RawData } from 'ws';
import type { Clock, TimerHandle } from '../../model/clock.js';
import { AttituneError, ERROR_CODES, type ErrorCode } from '../../model/errors.js';
import type { Member } from '../../model/member-bus.js';
import type { Random } from '../../model/random.js';
import type { Credentials } from '../credentials.js';
import { SessionToken } from '../session-token.js';
import type { Channel, Frame, Transport, TransportHandlers } from '../transport.js';
import { CHALLENGE_HEADER, provenWords } from './admission.js';
import { HubClient } from './hub-client.js';
import { BUS_PATH, type Refused } from './wire.js';

export interface WebSocketTransportOptions {
  /** `ws://HOST:PORT` or `wss://HOST:PORT`. */
  readonly url: string;
  /** Of `wss`. */
  readonly credentials?: Credentials;
  /** Of `ws`: both sides prove that they have it, and a hub that cannot is none. Absent: the hub may not ask for one. */
  readonly token?: SessionToken;
  readonly clock: Clock;
  readonly random: Random;
  /** How long connecting and being welcomed may take; default 10 s. */
  readonly connectMs?: number;
  /** The first wait before it connects anew, and the longest; default 200 ms and 5 s. They double in between. */
  readonly retryMs?: readonly [least: number, most: number];
  /** With so many bytes waiting in the socket the hub counts as gone; default 32 MiB. */
  readonly maxBufferedBytes?: number;
}

/** The list of all members of a large bus is the longest frame that a hub sends. */
const MAX_HUB_FRAME_BYTES = 64 * 1024 * 1024;
/** After so many intervals of the hub's pings without any it is gone. */
const SILENT_PINGS = 3;

/** A member's connection to a {@link WebSocketHub}; it connects anew, ever less often, for as long as it is open. */
export class WebSocketTransport implements Transport {
  readonly #options: WebSocketTransportOptions;
  #member!: Member;
  #client: HubClient | undefined;
  #handlers: TransportHandlers | undefined;
  #socket: WebSocket | undefined;
  #connected = false;
  #attempts = 0;
  #retry: TimerHandle;
  #silence: TimerHandle;
  #closed = false;
  #pingMs = 0;
  #heardAt = 0;
  /** Why the last attempt to connect anew came to nothing. */
  #refusedFor: ErrorCode | undefined;

  constructor(options: WebSocketTransportOptions) {
    this.#options = options;
  }

  get connected(): boolean {
    return this.#connected;
  }

  async open(member: Member, handlers: TransportHandlers): Promise<void> {
    this.#member = member;
    this.#client = new HubClient(member, handlers);
    this.#handlers = handlers;
    await this.#connect(this.#client);
  }

  listen(channel: Channel): void {
    this.#give(this.#client?.listen(channel));
  }
  unlisten(channel: Channel): void {
    this.#give(this.#client?.unlisten(channel));
  }
  watch(): void {
    this.#give(this.#client?.watch());
  }

  send(frame: Frame): void {
    this.#give(this.#client?.frame(frame));
    const { maxBufferedBytes = 32 * 1024 * 1024 } = this.#options;
    if (this.#socket && this.#socket.bufferedAmount > maxBufferedBytes)
      this.#lost(this.#socket, 'the hub takes nothing in any more');
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const { clock } = this.#options;
    clock.clearTimeout(this.#retry);
    clock.clearTimeout(this.#silence);
    const socket = this.#socket;
    if (!socket) return;
    if (!this.#connected) {
      socket.terminate();
      return;
    }
    await new Promise<void>((resolve) => {
      const timer = clock.setTimeout(() => socket.terminate(), 1000);
      socket.once('close', () => {
        clock.clearTimeout(timer);
        resolve();
      });
      this.#give('bye\n');
      socket.close(1000);
    });
    this.#connected = false;
  }

  #give(frame: string | undefined): void {
    if (frame !== undefined && this.#connected && this.#socket?.readyState === WebSocket.OPEN)
      this.#socket.send(frame, { compress: false });
  }

  /** Resolves once the hub has welcomed the member. */
  #connect(client: HubClient): Promise<void> {
    const { clock, connectMs = 10_000, token, url } = this.#options;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(new URL(BUS_PATH, url), this.#clientOptions(connectMs));
      this.#socket = socket;
      let welcomed = false;
      let failure: AttituneError | undefined;
      const fail = (error: AttituneError) => {
        failure ??= error;
        socket.terminate();
      };
      const timer = clock.setTimeout(
        () => fail(new AttituneError('bus', `The hub at ${url} did not answer within ${connectMs / 1000} s.`)),
        connectMs,
      );
      let challenge: string | undefined;
      /** What the hub's welcome must prove. */
      let words: readonly string[] | undefined;
      socket.on('upgrade', ({ headers }) => {
        const asked = headers[CHALLENGE_HEADER];
        challenge = typeof asked === 'string' ? asked : undefined;
      });
      socket.on('open', () => {
        const again = this.#attempts > 0;
        if (!token) socket.send(client.hello(again));
        else if (challenge === undefined) fail(strangeHub(url, token));
        else {
          const nonce = SessionToken.challenge();
          words = provenWords(challenge, portOf(url), { nonce, ...this.#member });
          socket.send(client.hello(again, { nonce, proof: token.proof('member', words) }));
        }
      });
      socket.on('unexpected-response', (_request, response) => {
        void refusalOf(response, url).then(fail);
      });
      socket.on('error', (error) => {
        failure ??= connectionError(error, url);
      });
      socket.on('message', (data: RawData) => {
        if (this.#socket !== socket || (this.#closed && !welcomed)) return;
        if (welcomed) this.#hear(socket);
        const word = client.take(data as Buffer, welcomed);
        if (!word) return;
        if ('refused' in word) fail(refusedError(word.refused, url));
        else if (token && !(words && token.isProved('hub', words, word.welcome.proof ?? '')))
          fail(strangeHub(url, token));
        else if (!welcomed) {
          welcomed = true;
          clock.clearTimeout(timer);
          this.#welcomed(socket, word.welcome.pingMs);
          resolve();
        }
      });
      socket.on('ping', () => this.#hear(socket));
      socket.on('close', (code, reason) => {
        clock.clearTimeout(timer);
        const why = reason.toString() || `the connection was closed (${code})`;
        if (welcomed) this.#lost(socket, failure?.message ?? why);
        else reject(failure ?? new AttituneError('bus', `The hub at ${url} did not let this member in: ${why}.`));
      });
    });
  }

  #clientOptions(handshakeTimeout: number): ClientOptions {
    const { credentials } = this.#options;
    return {
      perMessageDeflate: false,
      maxPayload: MAX_HUB_FRAME_BYTES,
      handshakeTimeout,
      followRedirects: false,
      ...(credentials
        ? { ca: credentials.authority, cert: credentials.certificate, key: credentials.key, minVersion: 'TLSv1.2' }
        : {}),
    };
  }

  #welcomed(socket: WebSocket, pingMs: number): void {
    const again = this.#attempts > 0;
    this.#attempts = 0;
    this.#refusedFor = undefined;
    this.#connected = true;
    this.#pingMs = pingMs;
    this.#hear(socket);
    this.#listenForSilence(socket);
    if (again) this.#handlers?.onConnection({ connected: true });
  }

  #hear(socket: WebSocket): void {
    if (this.#socket === socket) this.#heardAt = this.#options.clock.now();
  }

  #listenForSilence(socket: WebSocket): void {
    const { clock } = this.#options;
    this.#silence = clock.setTimeout(() => {
      if (this.#socket !== socket || this.#closed) return;
      // where this process itself was held up, what the hub said meanwhile is read first
      setImmediate(() => {
        const silentMs = clock.now() - this.#heardAt;
        if (silentMs > SILENT_PINGS * this.#pingMs)
          this.#lost(socket, `the hub was silent for ${(silentMs / 1000).toFixed(1)} s`);
        else if (this.#socket === socket && !this.#closed) this.#listenForSilence(socket);
      });
    }, this.#pingMs);
  }

  #lost(socket: WebSocket, why: string): void {
    if (this.#socket !== socket || this.#closed) return;
    const { clock, url } = this.#options;
    this.#socket = undefined;
    this.#connected = false;
    clock.clearTimeout(this.#silence);
    socket.terminate();
    this.#again();
    const reason = new AttituneError('bus', `The connection to the hub at ${url} is lost: ${why}. Trying again.`);
    this.#handlers?.onConnection({ connected: false, reason });
  }

  #again(): void {
    const { clock, random, retryMs: [least, most] = [200, 5000] } = this.#options;
    const wait = Math.min(most, least * 2 ** Math.min(this.#attempts, 30)) * (0.5 + random.next());
    this.#attempts += 1;
    this.#retry = clock.setTimeout(() => {
      const client = this.#client;
      if (this.#closed || !client) return;
      this.#connect(client).catch((error: unknown) => {
        if (this.#closed) return;
        const reason = AttituneError.from(error, 'bus');
        // that it is not there yet goes without saying; that it refuses does not
        if (reason.code !== 'bus' && reason.code !== this.#refusedFor)
          this.#handlers?.onConnection({ connected: false, reason });
        this.#refusedFor = reason.code;
        this.#again();
      });
    }, wait);
  }
}

/** `http` and `ws` have the same default. */
function portOf(url: string): number {
  return Number(new URL(url).port || 80);
}

function strangeHub(url: string, { place }: SessionToken): AttituneError {
  return new AttituneError(
    'not-permitted',
    `What answers at ${url} is not the hub of the token in ${place}: another user's program may listen there. Look who does (ss -ltnp), and name the token file of that hub with --bus-token if it is the right one.`,
  );
}

/** What a hub says before it speaks WebSocket: `code: message`, or something that is no hub. */
async function refusalOf(response: IncomingMessage, url: string): Promise<AttituneError> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > 1000) break;
    }
  } catch {
    // what there is of it is all there will be
  }
  const [, code, message] = /^([a-z-]+): (.*)$/m.exec(text) ?? [];
  if (code !== undefined && message !== undefined) return refusedError({ code, message }, url);
  return new AttituneError(
    'protocol',
    `What answers at ${url} is no hub of the bus: it said ${response.statusCode ?? ''} ${response.statusMessage ?? ''}.`,
  );
}

function refusedError({ code, message }: Refused, url: string): AttituneError {
  const known = Object.hasOwn(ERROR_CODES, code) ? (code as ErrorCode) : 'protocol';
  return new AttituneError(known, `The hub at ${url} did not let this member in: ${message}`);
}

/** Codes of TLS that speak of certificates. */
const CERTIFICATE_CODE = /CERT|ISSUER|SELF_SIGNED|UNKNOWN_CA|ALTNAME|_KEY_/;

function connectionError(error: Error & { readonly code?: string }, url: string): AttituneError {
  const { code = '', message } = error;
  if (CERTIFICATE_CODE.test(code))
    return new AttituneError(
      'certificate',
      `The certificate of the hub at ${url} is not accepted, or ours is not: ${message}.`,
      {
        cause: error,
      },
    );
  const why =
    code === 'ECONNREFUSED'
      ? 'nothing listens there'
      : code === 'ENOTFOUND' || code === 'EAI_AGAIN'
        ? 'no host has that name'
        : message || code;
  return new AttituneError('bus', `The hub at ${url} cannot be reached: ${why}.`, { cause: error });
}
