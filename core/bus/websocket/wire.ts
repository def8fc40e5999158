import * as v from 'valibot';
import { MAX_MESSAGE_BYTES, type Member, type MembershipChange } from '../../model/member-bus.js';
import { INCARNATION, MEMBER_NAME, QUESTION_ID } from '../envelope.js';
import type { Channel } from '../transport.js';

/**
 * What goes over a WebSocket between a member and its hub: text frames of a short first line, words that are parted by
 * single spaces, and after a line break the rest, which the hub passes on as it is.
 *
 * | from the member | | from the hub | |
 * |---|---|---|---|
 * | `hello` + {@link Hello} | first of all | `welcome` + {@link Welcome} | it is on the bus now |
 * | `sub CHANNEL`, `unsub CHANNEL` | | `refused` + {@link Refused} | it is not; the hub closes |
 * | `watch` | | `members` + all of them | at once, and after each `welcome` |
 * | `pub CHANNEL` + envelope | to all who listen | `changes` + some of them | of membership |
 * | `to CHANNEL NAME [ID]` + envelope | to one | `msg CHANNEL SENDER` + envelope | |
 * | `bye` | it leaves | `unknown NAME ID` | nobody of that name; the question of that id |
 * | | | `lost N` + why | the hub dropped so many frames for it |
 */
export const BUS_PATH = '/bus';
/** Of the frames above; members and hubs of different ones refuse each other. */
export const HUB_PROTOCOL = 1;
/** The longest first line. */
export const MAX_HEADER_BYTES = 256;
/** What the hub takes in one frame: a whole message, and as much more as lets a slightly longer one be told from an attack. */
export const MAX_FRAME_BYTES = MAX_MESSAGE_BYTES + 64 * 1024;

const CHANNEL = /^(?:answer|[tq]:[a-z][a-z0-9.-]{0,62})$/;

const MEMBER = {
  name: v.pipe(v.string(), v.regex(MEMBER_NAME)),
  role: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,31}$/)),
  incarnation: v.pipe(v.string(), v.regex(INCARNATION)),
};

export const HELLO = v.strictObject({
  v: v.pipe(v.number(), v.integer()),
  ...MEMBER,
  channels: v.pipe(v.array(v.pipe(v.string(), v.regex(CHANNEL))), v.maxLength(1000)),
  watch: v.boolean(),
  /** It was on the bus before, and lost its connection. */
  again: v.exactOptional(v.boolean()),
  /** Where the hub asks for its token: what this member said of its own, and the proof. */
  nonce: v.exactOptional(v.pipe(v.string(), v.maxLength(64))),
  proof: v.exactOptional(v.pipe(v.string(), v.maxLength(64))),
});
export type Hello = v.InferOutput<typeof HELLO>;

/**
 * `pingMs`: how often the hub pings; a member that hears nothing for several times that long connects anew. `proof`: that
 * the hub has the token that it asked for.
 */
export const WELCOME = v.object({
  v: v.literal(HUB_PROTOCOL),
  pingMs: v.pipe(v.number(), v.minValue(1)),
  proof: v.exactOptional(v.string()),
});
export type Welcome = v.InferOutput<typeof WELCOME>;

export const REFUSED = v.object({ code: v.string(), message: v.string() });
export type Refused = v.InferOutput<typeof REFUSED>;

const MEMBER_FORM = v.object(MEMBER);
export const MEMBERS = v.array(MEMBER_FORM);
export const CHANGES = v.array(
  v.object({
    kind: v.picklist(['joined', 'left', 'failed']),
    member: MEMBER_FORM,
    at: v.number(),
    why: v.exactOptional(v.string()),
  }),
) satisfies v.GenericSchema<unknown, MembershipChange[]>;

export function isChannel(word: string | undefined): word is Channel {
  return word !== undefined && CHANNEL.test(word);
}
export function isMemberName(word: string | undefined): word is string {
  return word !== undefined && MEMBER_NAME.test(word);
}
export function isQuestionId(word: string | undefined): word is string {
  return word !== undefined && QUESTION_ID.test(word);
}

/** Exactly what a carrier needs of a member, whatever else there is on the object. */
export function plainMember({ name, role, incarnation }: Member): Member {
  return { name, role, incarnation };
}

const LINE_BREAK = 0x0a;

/** The words of the first line, and where the rest begins; `undefined` where there is no such line. */
export function splitFrame(data: Buffer): { readonly words: readonly string[]; readonly rest: number } | undefined {
  const end = data.subarray(0, MAX_HEADER_BYTES).indexOf(LINE_BREAK);
  if (end < 0 && data.length > MAX_HEADER_BYTES) return undefined;
  const line = data.toString('latin1', 0, end < 0 ? data.length : end);
  return { words: line.split(' '), rest: end < 0 ? data.length : end + 1 };
}

/** JSON of a frame's rest that has the form, else `undefined`. Never throws. */
export function readRest<S extends v.GenericSchema>(schema: S, rest: string): v.InferOutput<S> | undefined {
  let value: unknown;
  try {
    value = JSON.parse(rest);
  } catch {
    return undefined;
  }
  const parsed = v.safeParse(schema, value, { abortEarly: true });
  return parsed.success ? parsed.output : undefined;
}
