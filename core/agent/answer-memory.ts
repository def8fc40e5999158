import type { Clock } from '../model/clock.js';
import type { ExecutorAnswer } from '../model/messages.js';
import { messageBytes } from './message-size.js';

/** Answers are kept for so long, and so many of them, in so many bytes. */
const KEPT_MS = 10 * 60_000;
const MOST = 2000;
const MOST_BYTES = 32 * 1024 * 1024;

interface Remembered {
  readonly answer: Promise<ExecutorAnswer>;
  /** Absent while the call goes on. */
  endedAt?: number;
  bytes: number;
}

/**
 * What came of each call, by asker and key, so that one that is asked again is answered again and not done again. Calls
 * that go on are always known; of those that ended the oldest are forgotten first.
 */
export class AnswerMemory {
  readonly #calls = new Map<string, Remembered>();
  #bytes = 0;

  constructor(private readonly clock: Clock) {}

  /** Calls that have not ended. */
  get open(): number {
    let open = 0;
    for (const { endedAt } of this.#calls.values()) if (endedAt === undefined) open += 1;
    return open;
  }

  has(asker: string, key: string): boolean {
    return this.#calls.has(nameOf(asker, key));
  }

  /** The answer of that call, which is begun where it is new. */
  once(asker: string, key: string, begin: () => Promise<ExecutorAnswer>): Promise<ExecutorAnswer> {
    const name = nameOf(asker, key);
    const known = this.#calls.get(name);
    if (known) return known.answer;
    const call: Remembered = { answer: begin(), bytes: 0 };
    this.#calls.set(name, call);
    const end = (bytes: number) => {
      call.bytes = bytes;
      call.endedAt = this.clock.now();
      this.#bytes += bytes;
      // the latest to end is the last to be forgotten
      this.#calls.delete(name);
      this.#calls.set(name, call);
      this.#forget();
    };
    call.answer.then(
      (answer) => end(messageBytes(answer)),
      () => end(0),
    );
    return call.answer;
  }

  #forget(): void {
    const since = this.clock.now() - KEPT_MS;
    for (const [name, { endedAt, bytes }] of this.#calls) {
      if (endedAt === undefined) continue;
      if (endedAt >= since && this.#calls.size <= MOST && this.#bytes <= MOST_BYTES) return;
      this.#calls.delete(name);
      this.#bytes -= bytes;
    }
  }
}

function nameOf(asker: string, key: string): string {
  return `${asker}\0${key}`;
}
