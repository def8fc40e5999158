import type { Clock, TimerHandle } from '../../model/clock.js';
import type { Channel } from '../transport.js';

/** A message that came while a hub was settling. */
export interface Held {
  readonly from: string;
  readonly channel: Channel;
  /** Absent: all who listen. */
  readonly to?: string;
  /** Of a question, where nobody of that name was there. */
  readonly id?: string;
  readonly data: Buffer;
}

/**
 * What came in the first moments of a hub. After a restart the members come back one by one, and the first ones say at
 * once what they had to keep to themselves; without this, those who come a little later would never hear it.
 */
export class Settling {
  readonly #maxBytes: number;
  readonly #clock: Clock;
  readonly #timer: TimerHandle;
  #held: Held[] = [];
  #bytes = 0;
  #over = false;

  /** `onOver` is told of the questions that nobody came back for. */
  constructor(clock: Clock, forMs: number, maxBytes: number, onOver: (questions: readonly Held[]) => void) {
    this.#clock = clock;
    this.#maxBytes = maxBytes;
    this.#timer = clock.setTimeout(() => {
      const questions = this.#held.filter(({ id }) => id !== undefined);
      this.end();
      onOver(questions);
    }, forMs);
  }

  get over(): boolean {
    return this.#over;
  }

  /** Where there is no room it is over at once: what is older is more than the hub can keep. */
  keep(held: Held): void {
    if (this.#over) return;
    this.#bytes += held.data.length;
    if (this.#bytes > this.#maxBytes) this.end();
    else this.#held.push(held);
  }

  /** What a member that comes back has missed, in its order. */
  missedBy(name: string, channels: ReadonlySet<Channel>): readonly Buffer[] {
    return this.#held
      .filter(({ from, to, channel }) => (to === undefined ? from !== name && channels.has(channel) : to === name))
      .map(({ data }) => data);
  }

  end(): void {
    this.#clock.clearTimeout(this.#timer);
    this.#over = true;
    this.#held = [];
  }
}
