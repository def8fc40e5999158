import type { SimulatedClock } from '../../../model/clock.js';
import { AttituneError, type ErrorCode } from '../../../model/errors.js';

/** One way in which the world may go on. */
export interface Choice {
  /** A phrase for the path that leads to a problem: `boot succeeds`. */
  readonly text: string;
  readonly take: () => void | Promise<void>;
}

/** An operation that was called and has not answered. */
export interface Question {
  /** The id of the `<invoke>`, or what is called. */
  readonly label: string;
  /** Every way in which it may answer, the good one first. */
  readonly choices: () => readonly Choice[];
}

/**
 * The part of the world that answers: it holds what was asked and not answered, and tells in which ways it could go on
 * from here. Nothing is answered unless a choice is taken.
 */
export class Script {
  readonly #questions = new Set<Question>();
  readonly #path: string[] = [];
  /** What was done so far, in no order: two ways to one state differ in what would have to be undone. */
  readonly done = new Set<string>();

  constructor(readonly clock: SimulatedClock) {}

  get path(): readonly string[] {
    return this.#path;
  }
  get questions(): readonly Question[] {
    return [...this.#questions].sort((a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0));
  }

  ask(question: Question): void {
    this.#questions.add(question);
  }
  /** It was answered, or nobody waits for the answer any more. */
  withdraw(question: Question): void {
    this.#questions.delete(question);
  }

  tell(text: string): void {
    this.#path.push(text);
  }
  /** Forgets how it came here, as far as messages go. */
  beginPath(): void {
    this.#path.length = 0;
  }

  /** In which ways it can go on; `waits` tells whether the session waits for time to pass. */
  choices(waits: boolean): readonly Choice[] {
    const answers = this.questions.flatMap((question) =>
      question.choices().map(({ text, take }) => ({
        text,
        take: () => {
          this.#path.push(text);
          return take();
        },
      })),
    );
    const due = this.clock.nextDueAt;
    if (due === undefined || (!waits && answers.length === 0)) return answers;
    return [...answers, { text: 'time passes', take: () => this.#passTime(due) }];
  }

  async #passTime(due: number): Promise<void> {
    const passed = due - this.clock.now();
    const before = this.#path.length;
    await this.clock.advance(Math.max(0, passed));
    // an operation that was given up tells so itself
    if (this.#path.length === before) this.#path.push(`${passed / 1000} s pass`);
  }
}

/** The error of an operation that the exploration lets fail. */
export function explored(code: ErrorCode, what: string): AttituneError {
  return new AttituneError(code, `${what} failed, as the exploration wanted it.`);
}
