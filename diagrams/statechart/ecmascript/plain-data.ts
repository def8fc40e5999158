import { types } from 'node:util';

/**
 * A copy of any value of a diagram as JSON-able data, for people and records: dates and XML as text, big integers as
 * decimal digits, maps and sets as arrays, `NaN` and infinities as text, what is computed or a function left out, and
 * `"[circular]"` where a value holds itself. `xmlOf` gives the text of a DOM node. Runs no code of the diagram.
 */
export function plainData(value: unknown, xmlOf: (value: unknown) => string | undefined): unknown {
  return copy(value, xmlOf, new Set());
}

function copy(value: unknown, xmlOf: (value: unknown) => string | undefined, above: Set<object>): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (value === null || typeof value !== 'object') return value;
  if (types.isProxy(value)) return '[proxy]';
  if (types.isDate(value)) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (types.isRegExp(value)) return RegExp.prototype.toString.call(value);
  const xml = xmlOf(value);
  if (xml !== undefined) return xml;
  if (above.has(value)) return '[circular]';
  above.add(value);
  const result = copyMembers(value, (member) => copy(member, xmlOf, above));
  above.delete(value);
  return result;
}

function copyMembers(value: object, inner: (member: unknown) => unknown): unknown {
  if (types.isMap(value)) return [...Map.prototype.entries.call(value)].map((pair) => pair.map(inner));
  if (types.isSet(value)) return [...Set.prototype.values.call(value)].map(inner);
  if (types.isTypedArray(value)) return Array.from(value as Uint8Array, Number);
  if (Array.isArray(value))
    return Array.from({ length: value.length }, (_, index) => inner(dataOf(value, index)) ?? null);
  if (types.isNativeError(value)) return { name: inner(value.name), message: inner(value.message) };
  const members: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    const member = inner(dataOf(value, key));
    if (member !== undefined) members.push([key, member]);
  }
  return Object.fromEntries(members);
}

/** The value of a property that is one; a computed one counts as absent. */
function dataOf(value: object, key: string | number): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value as unknown;
}
