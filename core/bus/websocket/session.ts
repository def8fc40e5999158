import type { Member } from '../../model/member-bus.js';
import type { Channel } from '../transport.js';

/** A connection to one member: a socket, or a member within the hub's own process. */
export interface Link {
  /** Of the member, for messages: its address. */
  readonly place: string;
  readonly open: boolean;
  send(data: Buffer): void;
  /** Bytes that were given to `send` and have not gone yet. */
  readonly buffered: number;
  /** Whether the other end still answers, within a moment. */
  answers(): Promise<boolean>;
  /** At once, without a word. */
  cut(): void;
}

export interface SessionBounds {
  /** So many bytes may wait for one member; what is more is dropped, and it is told how much. */
  readonly maxBufferedBytes: number;
}

/** One life of a member on the hub, over all its connections. */
export class Session {
  readonly channels = new Set<Channel>();
  watching = false;
  /** How often it was without a connection: each time has a grace of its own. */
  breaks = 0;
  readonly #bounds: SessionBounds;
  readonly #onSlow: (session: Session) => void;
  #link: Link | undefined;
  /** What came while there was no connection, in its order. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #lost = 0;

  constructor(
    readonly member: Member,
    /** It was on a bus before this hub was there, and says first what it had to keep to itself. */
    readonly again: boolean,
    bounds: SessionBounds,
    onSlow: (session: Session) => void,
  ) {
    this.#bounds = bounds;
    this.#onSlow = onSlow;
  }

  get link(): Link | undefined {
    return this.#link;
  }
  get connected(): boolean {
    return this.#link !== undefined;
  }

  connect(link: Link): void {
    this.#link = link;
  }

  /** Sends what had waited. */
  resume(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const data of waiting) this.#link?.send(data);
    this.tellLost();
  }

  disconnect(): void {
    this.#link = undefined;
    this.breaks += 1;
  }

  /** False where it was dropped, since too much waits already. */
  send(data: Buffer): boolean {
    const link = this.#link;
    const waits = link ? link.buffered : this.#waitingBytes;
    if (waits + data.length > this.#bounds.maxBufferedBytes) {
      this.#lost += 1;
      if (this.#lost === 1) this.#onSlow(this);
      return false;
    }
    if (link) {
      if (this.#lost > 0) this.tellLost();
      link.send(data);
    } else {
      this.#waiting.push(data);
      this.#waitingBytes += data.length;
    }
    return true;
  }

  /** Tells how much was dropped, once it takes something in again. */
  tellLost(): void {
    if (this.#lost === 0 || !this.#link || this.#link.buffered > this.#bounds.maxBufferedBytes / 2) return;
    const why = `the hub dropped ${this.#lost} messages for this member: it was away, or reads too slowly`;
    this.#link.send(Buffer.from(`lost ${this.#lost}\n${why}`));
    this.#lost = 0;
  }
}
