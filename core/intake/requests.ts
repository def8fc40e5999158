import * as v from 'valibot';
import { AttituneError } from '../model/errors.js';
import type { PushNotice } from './intake.js';

/** The bodies of requests. All throw `value` with what was expected. */

const MOST_AT_ONCE = 1000;
const NAME = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const VALUE = v.number('must be a number');
const TIME = v.optional(v.number('must be milliseconds since 1970'));

const ONE = v.strictObject({ value: VALUE, at: TIME });
const BATCH = v.pipe(
  v.array(v.strictObject({ component: NAME, name: NAME, value: VALUE, at: TIME })),
  v.minLength(1, 'must have at least one value'),
  v.maxLength(MOST_AT_ONCE, `must have at most ${MOST_AT_ONCE} values`),
);
const EVENT = v.strictObject({
  event: NAME,
  component: NAME,
  arg: v.optional(
    v.pipe(
      v.union([v.string(), v.number(), v.boolean()]),
      v.transform((arg) => String(arg)),
    ),
  ),
  source: v.optional(v.pipe(v.string(), v.maxLength(200))),
});

/** `42`, `42 1700000000000` (with its time in milliseconds), or `{"value": 42, "at": 1700000000000}`. */
export function oneValue(body: string, component: string, name: string): PushNotice {
  const [, value, at] = /^\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(?:\s+(\d+(?:\.\d+)?))?\s*$/.exec(body) ?? [];
  if (value !== undefined)
    return { component, name, value: Number(value), ...(at === undefined ? {} : { at: Number(at) }) };
  if (!body.trimStart().startsWith('{')) {
    const shown = body.trim().slice(0, 40);
    throw new AttituneError('value', `"${shown}" is no number. Send 42, or {"value": 42, "at": MILLISECONDS}.`);
  }
  return { component, name, ...checked(ONE, body) };
}

/** `[{"component": "Worker_1", "name": "queue", "value": 42}, …]`. */
export function batch(body: string): readonly PushNotice[] {
  return checked(BATCH, body);
}

/** `{"event": "operator.grow", "component": "Worker_1", "arg": "2"}`. */
export function eventNotice(body: string): v.InferOutput<typeof EVENT> {
  return checked(EVENT, body);
}

function checked<T extends v.GenericSchema>(schema: T, body: string): v.InferOutput<T> {
  let data: unknown;
  try {
    data = JSON.parse(body);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AttituneError('value', `The body is no JSON: ${reason}.`);
  }
  const result = v.safeParse(schema, data);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  throw new AttituneError('value', `The body ${path === null ? '' : `at ${path} `}is wrong: ${issue.message}.`);
}
