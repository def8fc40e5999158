import type { Clock } from '../model/clock.js';
import { AttituneError, ERROR_CODES, type ErrorCode } from '../model/errors.js';
import type { RequestOptions } from '../model/member-bus.js';
import type { Question } from '../model/messages.js';
import type { Envelope } from './envelope.js';

/** How a question leaves this member. */
export interface QuestionSender {
  /** False where it is too long to be sent at all. */
  ask(question: Question, body: unknown, id: string, to: string | undefined): boolean;
  /** Nobody waits for its answer any more; where it has not been sent yet it need not be. */
  withdraw(id: string): void;
}

export interface GivenAnswer {
  readonly from: string;
  readonly answer: unknown;
}

interface Pending {
  readonly question: Question;
  /** Whose answer it must be; absent: anybody's, once each. */
  readonly to: string | undefined;
  answered(from: string, answer: unknown): void;
  refused(error: AttituneError): void;
}

/** The questions of one member that wait for their answers. */
export class Asking {
  readonly #clock: Clock;
  readonly #sender: QuestionSender;
  readonly #idPrefix: string;
  readonly #pending = new Map<string, Pending>();
  #next = 1;
  #closed: AttituneError | undefined;

  /** `life` tells apart the questions of this life of the member from those of former ones, whose answers may still come. */
  constructor(clock: Clock, life: string, sender: QuestionSender) {
    this.#clock = clock;
    this.#sender = sender;
    this.#idPrefix = `${life.slice(-12)}-`;
  }

  /** See `MemberBus.request`. `own`: this member itself is asked, and answers so. */
  one(
    to: string,
    question: Question,
    body: unknown,
    options: RequestOptions,
    own?: () => Promise<unknown>,
  ): Promise<unknown> {
    return this.#wait(question, to, options, (pending, settle, id) => {
      pending.answered = (_from, answer) => settle({ answer });
      pending.refused = (error) => settle({ error });
      if (own)
        own().then(
          (answer) => settle({ answer }),
          (error: unknown) => settle({ error: AttituneError.from(error) }),
        );
      else this.#send(question, body, id, to);
      return () => ({
        error: new AttituneError(
          'no-answer',
          `${to} did not answer to ${question} within ${options.timeoutMs / 1000} s.`,
          { details: { member: to } },
        ),
      });
    });
  }

  /** See `MemberBus.requestMany`. `own` asks this member itself, where it responds to the question. */
  many(
    question: Question,
    body: unknown,
    options: RequestOptions & { readonly atMost?: number },
    own: (() => Promise<GivenAnswer>) | undefined,
  ): Promise<readonly GivenAnswer[]> {
    const atMost = options.atMost ?? Infinity;
    return this.#wait(question, undefined, options, (pending, settle, id) => {
      const given = new Map<string, GivenAnswer>();
      const take = (from: string, answer: unknown) => {
        if (given.has(from)) return;
        given.set(from, { from, answer });
        if (given.size >= atMost) settle({ answer: [...given.values()] });
      };
      pending.answered = take;
      if (atMost <= 0) settle({ answer: [] });
      else {
        this.#send(question, body, id, undefined);
        own?.().then(
          ({ from, answer }) => take(from, answer),
          // refusals are left out
          () => undefined,
        );
      }
      return () => ({ answer: [...given.values()] });
    }) as Promise<readonly GivenAnswer[]>;
  }

  /** An answer or a refusal came; late ones, and those that nobody asked for, are passed over. */
  take({ kind, name, id = '', from, body }: Envelope): void {
    const pending = this.#find(id, name, from);
    if (kind === 'answer') pending?.answered(from, body);
    else pending?.refused(errorOf(body as { code: string; message: string }, from));
  }

  /** What came as an answer has not the form of one. */
  spoiled({ name, id = '', from }: Envelope, why: string): void {
    this.#find(id, name, from)?.refused(
      new AttituneError('protocol', `${from} answered to ${name} with what is no answer to it: ${why}.`),
    );
  }

  undeliverable(to: string, id: string): void {
    const pending = this.#pending.get(id);
    if (pending?.to === to)
      pending.refused(
        new AttituneError('no-answer', `${to} is not on the bus, and was not asked.`, { details: { member: to } }),
      );
  }

  /** Everybody who waits, and who asks from now on, is told so. */
  close(error: AttituneError): void {
    this.#closed = error;
    for (const pending of [...this.#pending.values()]) pending.refused(error);
    this.#pending.clear();
  }

  #find(id: string, name: string, from: string): Pending | undefined {
    const pending = this.#pending.get(id);
    return pending?.question === name && (pending.to ?? from) === from ? pending : undefined;
  }

  #send(question: Question, body: unknown, id: string, to: string | undefined): void {
    if (this.#sender.ask(question, body, id, to)) return;
    throw new AttituneError('value', `A ${question} is too long for the bus: send it in parts.`);
  }

  /** `begin` asks, and returns what the question settles with when its time is over. */
  #wait(
    question: Question,
    to: string | undefined,
    { timeoutMs, signal }: RequestOptions,
    begin: (pending: Pending, settle: (end: End) => void, id: string) => () => End,
  ): Promise<unknown> {
    const id = `${this.#idPrefix}${(this.#next++).toString(36)}`;
    return new Promise((resolve, reject) => {
      if (this.#closed) throw this.#closed;
      if (signal?.aborted === true) throw cancelled(question, signal);
      let settled = false;
      const settle = (end: End) => {
        if (settled) return;
        settled = true;
        this.#clock.clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
        this.#pending.delete(id);
        this.#sender.withdraw(id);
        if ('error' in end) reject(end.error);
        else resolve(end.answer);
      };
      const onAbort = () => settle({ error: cancelled(question, signal) });
      let atEnd = (): End => ({ error: new AttituneError('internal', 'the question was not asked') });
      const timer = this.#clock.setTimeout(() => settle(atEnd()), timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });
      const pending: Pending = {
        question,
        to,
        answered: () => undefined,
        refused: (error) => {
          // one of many that refuses is left out; the end of the bus ends all
          if (to !== undefined || error === this.#closed) settle({ error });
        },
      };
      this.#pending.set(id, pending);
      try {
        atEnd = begin(pending, settle, id);
      } catch (error) {
        settle({ error: AttituneError.from(error) });
      }
    });
  }
}

type End = { readonly answer: unknown } | { readonly error: AttituneError };

function cancelled(question: Question, signal: AbortSignal | undefined): AttituneError {
  return new AttituneError('cancelled', `The question ${question} was cancelled.`, { cause: signal?.reason });
}

/** The error that a responder rejected with, as far as the wire carries it. */
function errorOf({ code, message }: { readonly code: string; readonly message: string }, from: string): AttituneError {
  return Object.hasOwn(ERROR_CODES, code)
    ? new AttituneError(code as ErrorCode, message, { details: { member: from } })
    : new AttituneError('operation-failed', `${from}: ${code}: ${message}`, { details: { member: from } });
}
