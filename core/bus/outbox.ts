import type { EnvelopeKind } from './envelope.js';

/** What is to be sent, before it has a number and a time: those are given when it really goes. */
export interface Outgoing {
  readonly kind: EnvelopeKind;
  readonly name: string;
  readonly to?: string;
  readonly id?: string;
  /** JSON; empty on a carrier by reference, which takes `body`. */
  readonly bodyText: string;
  readonly body?: unknown;
}

export interface OutboxBounds {
  readonly messages: number;
  readonly bytes: number;
}

export const OUTBOX_BOUNDS: OutboxBounds = { messages: 10_000, bytes: 16 * 1024 * 1024 };

interface Entry {
  readonly outgoing: Outgoing;
  readonly bytes: number;
}

/** What waits for the connection, in its order; where there is no room the oldest goes. */
export class Outbox {
  readonly #bounds: OutboxBounds;
  readonly #onDropped: (outgoing: Outgoing) => void;
  /** From `#first` on; what is before was taken. */
  #entries: (Entry | undefined)[] = [];
  #first = 0;
  #length = 0;
  #bytes = 0;

  constructor(bounds: OutboxBounds, onDropped: (outgoing: Outgoing) => void) {
    this.#bounds = bounds;
    this.#onDropped = onDropped;
  }

  get length(): number {
    return this.#length;
  }
  get bytes(): number {
    return this.#bytes;
  }
  /** Places in use, those of what was withdrawn included. */
  get held(): number {
    return this.#entries.length;
  }

  add(outgoing: Outgoing): void {
    const bytes = Buffer.byteLength(outgoing.bodyText);
    this.#entries.push({ outgoing, bytes });
    this.#length += 1;
    this.#bytes += bytes;
    while (this.#length > 0 && (this.#length > this.#bounds.messages || this.#bytes > this.#bounds.bytes)) {
      const oldest = this.take();
      if (oldest) this.#onDropped(oldest);
    }
  }

  /** The oldest; `undefined` where nothing waits. */
  take(): Outgoing | undefined {
    while (this.#first < this.#entries.length) {
      const entry = this.#entries[this.#first];
      this.#entries[this.#first] = undefined;
      this.#first += 1;
      if (this.#first > 1024 && this.#first * 2 > this.#entries.length) {
        this.#entries = this.#entries.slice(this.#first);
        this.#first = 0;
      }
      if (!entry) continue;
      this.#length -= 1;
      this.#bytes -= entry.bytes;
      return entry.outgoing;
    }
    return undefined;
  }

  /** A question that nobody waits for any more. */
  withdraw(id: string): void {
    for (let index = this.#first; index < this.#entries.length; index += 1) {
      const entry = this.#entries[index];
      if (entry?.outgoing.kind !== 'ask' || entry.outgoing.id !== id) continue;
      this.#entries[index] = undefined;
      this.#length -= 1;
      this.#bytes -= entry.bytes;
      break;
    }
    // without a connection nothing is taken, and what was withdrawn would stay as holes
    if (this.#entries.length <= 2 * this.#length + 1024) return;
    this.#entries = this.#entries.filter((entry) => entry !== undefined);
    this.#first = 0;
  }
}
