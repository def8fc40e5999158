import * as v from 'valibot';

/** The parts that forms of messages are made of, with the bounds that everything on the bus has. */

/** Longest text that people read, and longest name, in UTF-16 units. */
export const MAX_TEXT = 65_536;
export const MAX_NAME = 255;
/** Longest list. */
export const MAX_ITEMS = 100_000;

/** A name of anything: not empty, no control characters. */
export const name = v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_NAME), v.regex(/^\P{Cc}*$/u));
/** A sentence, or a value of an attribute. */
export const text = v.pipe(v.string(), v.maxLength(MAX_TEXT));
/** What is in a file or came out of a command: bounded by the message alone. */
export const content = v.string();
export const path = v.pipe(v.string(), v.minLength(1), v.maxLength(4096), v.regex(/^\P{Cc}*$/u));

export const finite = v.pipe(v.number(), v.finite());
/** Times, sizes, amounts. */
export const amount = v.pipe(finite, v.minValue(0));
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const positive = v.pipe(v.number(), v.safeInteger(), v.minValue(1));
export const fraction = v.pipe(finite, v.minValue(0), v.maxValue(1));
/** Milliseconds since the epoch; simulated time begins at 0. */
export const at = finite;
/** How often, or within which time: from 1 ms to a week. */
export const interval = v.pipe(finite, v.minValue(1), v.maxValue(7 * 86_400_000));
/** Process ids that may be signalled: never 0, which is one's own group. */
export const pid = v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(2 ** 31 - 1));

export function list<S extends v.GenericSchema>(item: S, most = MAX_ITEMS) {
  return v.pipe(v.array(item), v.maxLength(most), v.readonly());
}

/** Texts by name, such as attributes. */
export const texts = v.pipe(v.record(v.pipe(v.string(), v.maxLength(MAX_NAME)), text), v.readonly());

/** A word of a shell-less command, or a variable of its environment: none can hold the character that ends it. */
export const word = v.pipe(v.string(), v.maxLength(MAX_ITEMS), v.regex(/^[^\0]*$/));

export const nothing = v.strictObject({});
