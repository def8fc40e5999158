import * as v from 'valibot';
import { MAX_MESSAGE_BYTES, MAX_SKEW_MS, type DropReason } from '../model/member-bus.js';
import { decodeEnvelope, firstIssue, type Envelope, type EnvelopeKind } from './envelope.js';
import { bodySchema } from './schemas.js';
import type { Channel } from './transport.js';

/** What is refused, by which rule, and in a few words why; `from` as far as it can be known. */
export interface Refusal {
  readonly reason: Exclude<DropReason, 'buffer'>;
  readonly why: string;
  readonly from?: string;
  /** Set where all but the body is right: a question then deserves an answer. */
  readonly envelope?: Envelope;
}

export type Judgement = { readonly envelope: Envelope } | { readonly refused: Refusal };

/** What was accepted last of a sender. */
interface Heard {
  inc: string;
  seq: number;
  at: number;
}

/**
 * After this time what was heard of a sender can be forgotten: whatever it has sent before is now refused by its age,
 * even if its clock was ahead as far as it may.
 */
const FORGET_AFTER_MS = 2 * MAX_SKEW_MS;
/** Senders are cleared of those to forget when there are so many more than after the last clearing. */
const CLEAR_EVERY = 1000;

/** Judges what arrives, before anybody hears it. Pure but for what it remembers of each sender; it never throws. */
export class Guard {
  readonly #heard = new Map<string, Heard>();
  #clearAt = CLEAR_EVERY;

  /** How many senders it knows; those that were silent for long are forgotten. */
  get remembered(): number {
    return this.#heard.size;
  }

  /** `sender`: whom the carrier vouches for; where it cannot, the envelope's own word is taken. */
  judge(channel: string, text: string, sender: string | undefined, now: number): Judgement {
    // a text of that many characters has at least as many bytes, and only one of a third can be longer in bytes
    if (text.length * 3 > MAX_MESSAGE_BYTES && Buffer.byteLength(text) > MAX_MESSAGE_BYTES)
      return refused('oversized', `it is longer than ${MAX_MESSAGE_BYTES} bytes`, sender);
    const envelope = decodeEnvelope(text);
    return 'wrong' in envelope
      ? refused('malformed', envelope.wrong, sender)
      : this.judgeEnvelope(channel, envelope, sender, now);
  }

  /** For what came without a text. */
  judgeEnvelope(channel: string, envelope: Envelope, sender: string | undefined, now: number): Judgement {
    const { from, at, kind, name } = envelope;
    if (sender !== undefined && from !== sender)
      return refused('forged', `it names ${from} as its sender, but came from ${sender}`, sender);
    if (channel !== channelOf(kind, name)) return refused('malformed', `a ${kind} of ${name} came by ${channel}`, from);
    if (Math.abs(now - at) > MAX_SKEW_MS) return refused('skewed', skew(now - at), from);
    const replay = this.#replay(envelope, now);
    if (replay !== undefined) return refused('replayed', replay, from);
    const form = bodySchema(kind, name);
    if (!form) return refused('malformed', `there is no ${kind === 'tell' ? 'topic' : 'question'} ${name}`, from);
    if (kind !== 'tell' && envelope.id === undefined) return refused('malformed', `a ${kind} without an id`, from);
    const body = v.safeParse(form, envelope.body, { abortEarly: true });
    if (!body.success)
      return {
        refused: { reason: 'malformed', why: `${name}: ${firstIssue(body.issues)}`, from, envelope },
      };
    return { envelope: { ...envelope, body: body.output } };
  }

  /** Why it was received before; remembers it where it was not. */
  #replay({ from, inc, seq }: Envelope, now: number): string | undefined {
    const heard = this.#heard.get(from);
    if (heard && now - heard.at <= FORGET_AFTER_MS) {
      if (inc < heard.inc) return `it is of a former life of ${from}`;
      if (inc === heard.inc && seq <= heard.seq) return `number ${seq} of ${from} came after number ${heard.seq}`;
    }
    if (heard) Object.assign(heard, { inc, seq, at: now });
    else {
      this.#heard.set(from, { inc, seq, at: now });
      if (this.#heard.size > this.#clearAt) this.#clear(now);
    }
    return undefined;
  }

  #clear(now: number): void {
    for (const [from, { at }] of this.#heard) if (now - at > FORGET_AFTER_MS) this.#heard.delete(from);
    this.#clearAt = this.#heard.size + CLEAR_EVERY;
  }
}

/** By which channel an envelope travels. */
export function channelOf(kind: EnvelopeKind, name: string): Channel {
  return kind === 'tell' ? `t:${name}` : kind === 'ask' ? `q:${name}` : 'answer';
}

function refused(reason: Refusal['reason'], why: string, from: string | undefined): Judgement {
  return { refused: { reason, why, ...(from === undefined ? {} : { from }) } };
}

function skew(ms: number): string {
  const seconds = (Math.abs(ms) / 1000).toFixed(1);
  return ms > 0
    ? `it was sent ${seconds} s ago: the clocks differ, or it was kept`
    : `it was sent ${seconds} s from now: the clocks differ`;
}
