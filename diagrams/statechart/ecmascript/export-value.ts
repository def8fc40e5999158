import { types } from 'node:util';
import { XmlContent } from '../chart/xml-content.js';

/**
 * Copies a value that may hold DOM nodes out of a diagram: plain data, dates, maps and sets as they are, nodes as
 * {@link XmlContent}. Throws `TypeError` where it holds a function or symbol.
 */
export function exportValue(value: unknown, xmlOf: (value: unknown) => string | undefined): unknown {
  const done = new Map<object, unknown>();
  const copy = (inner: unknown): unknown => {
    if (typeof inner === 'function' || typeof inner === 'symbol') {
      throw new TypeError(`a ${typeof inner} cannot leave the diagram`);
    }
    if (inner === null || typeof inner !== 'object') return inner;
    const former = done.get(inner);
    if (former !== undefined) return former;
    const xml = xmlOf(inner);
    if (xml !== undefined) return new XmlContent(xml);
    if (types.isDate(inner)) return new Date(inner.getTime());
    const target: Record<string, unknown> = Array.isArray(inner) ? ([] as unknown as Record<string, unknown>) : {};
    done.set(inner, target);
    for (const [key, member] of Object.entries(inner)) {
      Object.defineProperty(target, key, {
        value: copy(member),
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return target;
  };
  return copy(value);
}
