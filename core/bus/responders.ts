import { AttituneError } from '../model/errors.js';
import type { Subscription } from '../model/hypervisor.js';
import type { Question } from '../model/messages.js';
import { MAX_TEXT } from './schema-parts.js';

export type Responder = (body: never, from: string) => unknown;

/** What a question ends in: as it goes over the wire. */
export type Response =
  | { readonly kind: 'answer'; readonly body: unknown }
  | { readonly kind: 'refuse'; readonly body: { readonly code: string; readonly message: string } };

/** Who answers which question, on one member. */
export class Responders {
  readonly #responders = new Map<Question, Responder>();

  has(question: Question): boolean {
    return this.#responders.has(question);
  }

  /** Throws `duplicate-name` for a second responder to one question. */
  add(question: Question, responder: Responder, onRemoved: () => void): Subscription {
    if (this.#responders.has(question))
      throw new AttituneError('duplicate-name', `This member responds to ${question} already.`);
    this.#responders.set(question, responder);
    return {
      unsubscribe: () => {
        if (this.#responders.get(question) !== responder) return;
        this.#responders.delete(question);
        onRemoved();
      },
    };
  }

  /** What the responder says. Rejects with what it throws, and with `no-answer` where there is none. */
  async answer(question: Question, body: unknown, from: string): Promise<unknown> {
    const responder = this.#responders.get(question);
    if (!responder) throw new AttituneError('no-answer', `Nobody responds to ${question} here.`);
    return await responder(body as never, from);
  }

  /** The same for the wire: never rejects. */
  async respond(question: Question, body: unknown, from: string): Promise<Response> {
    try {
      return { kind: 'answer', body: await this.answer(question, body, from) };
    } catch (error) {
      return refusal(AttituneError.from(error));
    }
  }
}

export function refusal({ code, message }: AttituneError): Response {
  return { kind: 'refuse', body: { code, message: message.slice(0, MAX_TEXT) } };
}
