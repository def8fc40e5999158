import { MAX_MESSAGE_BYTES } from '../model/member-bus.js';

/** What a message needs around its body, and a good deal to spare. */
const ENVELOPE_BYTES = 4096;

/** How long a body may be, in bytes of JSON. */
export const MAX_BODY_BYTES = MAX_MESSAGE_BYTES - ENVELOPE_BYTES;
/** A part of a text that does not fit into one message, in bytes of JSON. */
export const PART_BYTES = 256 * 1024;

/** Bytes of JSON that a value takes in a message. */
export function messageBytes(value: object | string): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8');
}

/** Where the part of a text ends that begins at `from` and takes at most `PART_BYTES` of JSON; at its end, its length. */
export function partEnd(text: string, from: number): number {
  // no UTF-16 unit takes more than six bytes: `\u0001`
  let end = Math.min(text.length, from + PART_BYTES);
  while (messageBytes(text.slice(from, end)) > PART_BYTES) end = from + Math.floor((end - from) / 2);
  const last = text.charCodeAt(end - 1);
  // a character of two units stays in one part
  return end < text.length && last >= 0xd800 && last <= 0xdbff ? end - 1 : end;
}

/** A text in such parts; one empty part for no text. */
export function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  do {
    const end = partEnd(text, from);
    parts.push(text.slice(from, end));
    from = end;
  } while (from < text.length);
  return parts;
}
