import type { Clock, TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { Plan } from '../../placement/cluster.js';
import type { Journal } from '../journal.js';

/** Something that is to be done once an administrator has said yes; as JSON. */
export interface Asked {
  /** The journal entry that says what it is; administrators answer to this number. */
  readonly id: number;
  /** The call that waits for the answer. */
  readonly key: string;
  readonly diagram: string;
  /** A phrase: `move Machine_1 from host1 to host2`. */
  readonly what: string;
  /** Components that it concerns. */
  readonly subjects: readonly string[];
  readonly at: number;
  /** Without an answer it counts as declined from then on. */
  readonly until: number;
  /** Of a decision: what is to be carried out. */
  readonly plan?: Plan;
}

export interface Answer {
  readonly approved: boolean;
  /** Who said so; absent: nobody did in time. */
  readonly by?: string;
}

interface Waiting {
  readonly asked: Asked;
  readonly settle: Set<(answer: Answer) => void>;
  timer: TimerHandle;
}

/**
 * Questions to administrators, from the moment they are asked until they are answered or their time has passed. They
 * outlive the manager: a call that is repeated finds its question again by its key.
 */
export class Approvals {
  readonly #waiting = new Map<number, Waiting>();

  constructor(
    private readonly parts: {
      readonly clock: Clock;
      readonly journal: Journal;
      /** Called after each change, to store it and to tell it. */
      readonly changed: () => void;
    },
  ) {}

  /** Oldest first. */
  get pending(): readonly Asked[] {
    return [...this.#waiting.values()].map(({ asked }) => asked);
  }

  /** The question of a call, where it was asked before. */
  of(key: string): Asked | undefined {
    return this.pending.find((asked) => asked.key === key);
  }

  /** Waits for the answer. Rejects where `signal` aborts, and takes the question back. */
  ask(asked: Asked, signal: AbortSignal): Promise<Answer> {
    const waiting = this.#waiting.get(asked.id) ?? this.#open(asked);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiting.settle.delete(settle);
        this.#close(asked.id);
        reject(signal.reason as Error);
      };
      const settle = (answer: Answer) => {
        signal.removeEventListener('abort', onAbort);
        resolve(answer);
      };
      waiting.settle.add(settle);
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Throws `value` where there is no such question, with those that there are. */
  answer(id: number, answer: Required<Answer>): Asked {
    const waiting = this.#waiting.get(id);
    if (!waiting) {
      const known = this.pending.map((asked) => `${asked.id} (${asked.what})`).join(', ');
      const there = known === '' ? 'Nothing waits for an answer now.' : `These wait: ${known}.`;
      throw new AttituneError('value', `No question ${id} waits for an answer; it may have been answered. ${there}`);
    }
    const { asked } = waiting;
    const said = answer.approved ? 'approved' : 'declined';
    this.parts.journal.append('control', asked.diagram, `${asked.what}: ${said} by ${answer.by}`, {
      cause: id,
      data: { command: answer.approved ? 'approve' : 'decline', by: answer.by, of: id },
    });
    this.#close(id, answer);
    return asked;
  }

  toJSON(): readonly Asked[] {
    return this.pending;
  }

  /** Those of a former manager; they are waited for again by the calls that asked them. */
  restore(stored: readonly Asked[]): void {
    for (const asked of stored) this.#open(asked);
  }

  #open(asked: Asked): Waiting {
    const waiting: Waiting = { asked, settle: new Set(), timer: undefined };
    this.#waiting.set(asked.id, waiting);
    const { clock, journal } = this.parts;
    waiting.timer = clock.setTimeout(
      () => {
        const told = `${asked.what}: nobody answered in time, so it is not done`;
        journal.append('control', asked.diagram, told, { cause: asked.id, data: { command: 'expire', of: asked.id } });
        this.#close(asked.id, { approved: false });
      },
      Math.max(0, asked.until - clock.now()),
    );
    this.parts.changed();
    return waiting;
  }

  #close(id: number, answer?: Answer): void {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    this.parts.clock.clearTimeout(waiting.timer);
    if (answer) for (const settle of waiting.settle) settle(answer);
    this.parts.changed();
  }
}
