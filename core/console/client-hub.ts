import { WebSocket } from 'ws';
import type { Change, ViewState } from './view-state.js';

/** What the server sends: the whole state to a new client, then what changed. */
export type ServerMessage =
  | { readonly type: 'state'; readonly title: string; readonly state: ViewState }
  | { readonly type: 'changes'; readonly changes: readonly Change[] };

export interface ClientHubOptions {
  /** Changes are gathered for so long, so that a burst of messages is one frame. */
  readonly gatherMs: number;
  /** A client with more than this waiting to be sent is dropped; its page comes back and gets the state afresh. */
  readonly maxBufferedBytes: number;
  /** A client that has not answered a ping by the next one is gone. */
  readonly pingMs: number;
}

/** The connected pages. */
export class ClientHub {
  readonly #options: ClientHubOptions;
  readonly #current: () => ServerMessage;
  readonly #clients = new Map<WebSocket, { answered: boolean }>();
  readonly #pings: NodeJS.Timeout;
  #gathered: Change[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** `current` gives the message for a new client; it includes every change that `push` was told so far. */
  constructor(current: () => ServerMessage, options: ClientHubOptions) {
    this.#current = current;
    this.#options = options;
    this.#pings = setInterval(() => this.#ping(), options.pingMs).unref();
  }

  get size(): number {
    return this.#clients.size;
  }

  add(socket: WebSocket): void {
    // what was gathered is in the state already, so the others must have it before the new one joins them
    this.#flush();
    this.#clients.set(socket, { answered: true });
    socket.on('pong', () => this.#clients.set(socket, { answered: true }));
    socket.on('message', () => socket.close(1008, 'this console is read-only'));
    socket.on('close', () => this.#clients.delete(socket));
    // an error is always followed by close
    socket.on('error', () => this.#clients.delete(socket));
    this.#send(socket, JSON.stringify(this.#current()));
  }

  push(change: Change): void {
    if (this.#clients.size === 0) return;
    this.#gathered.push(change);
    this.#timer ??= setTimeout(() => this.#flush(), this.#options.gatherMs).unref();
  }

  close(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#timer);
    for (const socket of this.#clients.keys()) socket.terminate();
    this.#clients.clear();
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#gathered.length === 0) return;
    const text = JSON.stringify({ type: 'changes', changes: this.#gathered } satisfies ServerMessage);
    this.#gathered = [];
    for (const socket of [...this.#clients.keys()]) this.#send(socket, text);
  }

  #send(socket: WebSocket, text: string): void {
    if (socket.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > this.#options.maxBufferedBytes) {
      this.#clients.delete(socket);
      socket.terminate();
      return;
    }
    socket.send(text);
  }

  #ping(): void {
    for (const [socket, client] of [...this.#clients]) {
      if (!client.answered) {
        this.#clients.delete(socket);
        socket.terminate();
        continue;
      }
      client.answered = false;
      socket.ping();
    }
  }
}
