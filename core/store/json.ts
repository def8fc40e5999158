/** The JSON of both stores: what comes out has no key `__proto__`, which would change a prototype where it is assigned. */

/** A text that may hold such a key, also with its letters escaped. */
const SUSPICIOUS = /__proto__|\\u00/i;

export function toJson(value: unknown): string {
  return JSON.stringify(value ?? null);
}

/** Throws `SyntaxError` for what is no JSON. */
export function fromJson(text: string): unknown {
  return SUSPICIOUS.test(text) ? JSON.parse(text, withoutPrototypes) : JSON.parse(text);
}

function withoutPrototypes(this: unknown, key: string, value: unknown): unknown {
  return key === '__proto__' ? undefined : value;
}
