import * as v from 'valibot';

/** `tell`: a topic. `ask`: a question, which `answer` or `refuse` ends. */
export type EnvelopeKind = 'tell' | 'ask' | 'answer' | 'refuse';

/** What every message of the bus is in: JSON text, one object, on one line. */
export interface Envelope {
  readonly v: 1;
  /** The sender's name. */
  readonly from: string;
  /** Its incarnation; those of later lives of a member sort after those of former ones. */
  readonly inc: string;
  /** Grows with each envelope of that incarnation; a receiver sees gaps where others were addressed. */
  readonly seq: number;
  /** When it was sent, by the sender's clock, in milliseconds since the epoch. */
  readonly at: number;
  readonly kind: EnvelopeKind;
  /** The topic or question. */
  readonly name: string;
  /** Of a question, and of its answer. */
  readonly id?: string;
  readonly body: unknown;
}

export type EnvelopeHead = Omit<Envelope, 'body'>;

/** The version of the wire format; members of another one refuse each other's messages. */
export const WIRE_VERSION = 1;

/** Names of members, and of hosts in a deployment. */
export const MEMBER_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;
export const INCARNATION = /^[A-Za-z0-9-]{1,48}$/;
/** Ids of questions, as their askers count them. */
export const QUESTION_ID = /^[A-Za-z0-9-]{1,32}$/;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const ENVELOPE = v.strictObject({
  v: v.literal(WIRE_VERSION),
  from: v.pipe(v.string(), v.regex(MEMBER_NAME)),
  inc: v.pipe(v.string(), v.regex(INCARNATION)),
  seq: count,
  at: v.pipe(v.number(), v.finite()),
  kind: v.picklist(['tell', 'ask', 'answer', 'refuse'] as const satisfies readonly EnvelopeKind[]),
  name: v.pipe(v.string(), v.maxLength(64)),
  id: v.exactOptional(v.pipe(v.string(), v.regex(QUESTION_ID))),
  body: v.unknown(),
});

/** The text of an envelope whose body is text already: JSON of {@link encodeBody}. */
export function encodeEnvelope(head: EnvelopeHead, bodyText: string): string {
  return `${JSON.stringify(head).slice(0, -1)},"body":${bodyText}}`;
}

/** JSON of a body; fields that are `undefined` are left out, and what is no data at all is `null`. */
export function encodeBody(body: unknown): string {
  return (JSON.stringify as (value: unknown) => string | undefined)(body) ?? 'null';
}

/** The envelope of a text, or in a few words why it is none. Never throws. */
export function decodeEnvelope(text: string): Envelope | { readonly wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { wrong: 'it is not JSON' };
  }
  const parsed = v.safeParse(ENVELOPE, value, { abortEarly: true });
  return parsed.success ? parsed.output : { wrong: `its envelope: ${firstIssue(parsed.issues)}` };
}

/** Where a value differs from its form, in one line without the value. */
export function firstIssue(issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): string {
  const [issue] = issues;
  const path = v.getDotPath(issue);
  const expected = issue.expected === null ? issue.type : `expected ${issue.expected}`;
  return `${path ?? 'it'}: ${expected}`.slice(0, 200);
}

/** Names the incarnation that begins at `now`: a later one sorts after it. `suffix` tells apart those of one millisecond. */
export function incarnationAt(now: number, suffix: number): string {
  const time = Math.max(0, Math.floor(now)).toString(36).padStart(9, '0');
  return `${time}-${Math.floor(suffix * 0x100000000)
    .toString(36)
    .padStart(7, '0')}`;
}
