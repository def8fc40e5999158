import { types } from 'node:util';
import { AttituneError } from '../../../core/model/errors.js';
import { XmlContent } from '../chart/xml-content.js';
import type { Graph, GraphNode, Members, Reference } from './graph.js';

/** What is to be known of the place that values come from. */
export interface ValueOrigin {
  /** `Object.prototype` there. */
  readonly objectPrototype: object;
  /** Functions that scripts gave a global name. */
  readonly globals: ReadonlyMap<unknown, string>;
  /** The text of a DOM node. */
  readonly xmlOf: (value: unknown) => string | undefined;
  readonly locate: (node: object) => { readonly document: object; readonly steps: readonly number[] } | undefined;
  /** True where what cannot be brought back is left out, as it is when a value enters a diagram. */
  readonly lenient: boolean;
}

/** Plain values of the program's own. */
export const HOST_ORIGIN: ValueOrigin = {
  objectPrototype: Object.prototype,
  globals: new Map(),
  xmlOf: () => undefined,
  locate: () => undefined,
  lenient: true,
};

/**
 * Writes values down. Runs no code of the diagram. Throws `diagram-failed`, with the path of the value, for what cannot
 * be brought back: a symbol, a proxy, a computed property, an object of a class that no script declares.
 */
export function encodeGraph(roots: Readonly<Record<string, unknown>>, origin: ValueOrigin): Graph {
  const encoder = new GraphEncoder(origin);
  const written = Object.entries(roots).map(([name, value]) => [name, encoder.reference(value, name)] as const);
  return { roots: Object.fromEntries(written), nodes: encoder.nodes };
}

class GraphEncoder {
  readonly nodes: GraphNode[] = [];
  readonly #known = new Map<object, number>();

  constructor(private readonly origin: ValueOrigin) {}

  reference(value: unknown, path: string): Reference {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        if (Object.is(value, -0)) return { is: '-0' };
        return Number.isFinite(value) ? value : { is: String(value) as 'NaN' };
      case 'undefined':
        return { is: 'undefined' };
      case 'bigint':
        return { is: 'bigint', digits: value.toString() };
      case 'function': {
        if (this.origin.lenient) return { is: 'undefined' };
        const name = this.origin.globals.get(value);
        return name === undefined ? { is: 'function' } : { is: 'global', name };
      }
      case 'symbol':
        if (this.origin.lenient) return { is: 'undefined' };
        throw refused(path, 'is a symbol');
      case 'object':
        return value === null ? null : this.#object(value, path);
    }
  }

  #object(value: object, path: string): Reference {
    const former = this.#known.get(value);
    if (former !== undefined) return [former];
    const index = this.nodes.length;
    this.#known.set(value, index);
    // its place is taken before its members are written, which may lead back to it
    this.nodes.push({ type: 'date', time: null });
    this.nodes[index] = this.#node(value, path);
    return [index];
  }

  #node(value: object, path: string): GraphNode {
    if (types.isProxy(value)) {
      if (this.origin.lenient) return { type: 'object', members: [] };
      throw refused(path, 'is a proxy');
    }
    if (value instanceof XmlContent) return { type: 'xml', text: value.xml };
    if (Array.isArray(value)) return this.#array(value, path);
    if (types.isDate(value)) return { type: 'date', time: Number.isNaN(value.getTime()) ? null : value.getTime() };
    if (types.isRegExp(value)) {
      return { type: 'regexp', source: value.source, flags: value.flags, at: value.lastIndex };
    }
    if (types.isMap(value)) {
      const entries = [...Map.prototype.entries.call(value)] as [unknown, unknown][];
      return {
        type: 'map',
        entries: entries.map(([key, item]) => [
          this.reference(key, `${path}(key)`),
          this.reference(item, `${path}(…)`),
        ]),
      };
    }
    if (types.isSet(value)) {
      const values = [...Set.prototype.values.call(value)] as unknown[];
      return { type: 'set', values: values.map((item) => this.reference(item, `${path}(…)`)) };
    }
    if (types.isArrayBufferView(value)) return bytes(value);
    if (types.isNativeError(value))
      return { type: 'error', name: errorName(value), members: this.#members(value, path) };
    return this.#xml(value, path) ?? this.#plain(value, path);
  }

  #array(value: readonly unknown[], path: string): GraphNode {
    const items = Array.from({ length: value.length }, (_, index): Reference => {
      const property = Object.getOwnPropertyDescriptor(value, index);
      return property ? this.#property(property, `${path}[${index}]`) : { is: 'hole' };
    });
    const members = this.#members(value, path, (key) => !/^(?:\d+|length)$/.test(key));
    return { type: 'array', items, members, ...(Object.isFrozen(value) ? { frozen: true } : {}) };
  }

  #xml(value: object, path: string): GraphNode | undefined {
    const text = this.origin.xmlOf(value);
    if (text === undefined) return undefined;
    const place = this.origin.locate(value);
    if (!place) throw refused(path, 'is a DOM node that belongs to no document');
    if (place.document === value) return { type: 'xml', text };
    return { type: 'node', document: this.#object(place.document, path), steps: place.steps };
  }

  #plain(value: object, path: string): GraphNode {
    const prototype = Object.getPrototypeOf(value) as object | null;
    const frozen = Object.isFrozen(value) ? { frozen: true as const } : {};
    const members = this.#members(value, path);
    if (prototype === null) return { type: 'object', members, bare: true, ...frozen };
    if (prototype === this.origin.objectPrototype || this.origin.lenient) return { type: 'object', members, ...frozen };
    const maker = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as unknown;
    const of = this.origin.globals.get(maker);
    if (of !== undefined) return { type: 'object', members, of, ...frozen };
    const name = typeof maker === 'function' ? maker.name : '';
    throw refused(path, `is an object of a class${name ? ` "${name}"` : ''} that no script of the diagram declares`);
  }

  #members(value: object, path: string, wanted: (key: string) => boolean = () => true): Members {
    if (!this.origin.lenient && Object.getOwnPropertySymbols(value).length > 0)
      throw refused(path, 'has a symbol as a key');
    const isError = types.isNativeError(value);
    return Object.entries(Object.getOwnPropertyDescriptors(value))
      .filter(([key, { enumerable }]) => wanted(key) && (enumerable === true || isError))
      .map(([key, property]) => [key, this.#property(property, `${path}.${key}`)] as const);
  }

  #property(property: PropertyDescriptor, path: string): Reference {
    if (!('value' in property) && this.origin.lenient) return { is: 'undefined' };
    if (!('value' in property)) throw refused(path, 'is computed by a getter');
    return this.reference(property.value, path);
  }
}

function bytes(view: NodeJS.ArrayBufferView): GraphNode {
  const base64 = Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64');
  return { type: 'bytes', kind: types.isDataView(view) ? 'DataView' : kindOf(view), base64 };
}

function kindOf(view: NodeJS.ArrayBufferView): string {
  return Object.prototype.toString.call(view).slice('[object '.length, -1);
}

const ERRORS = ['TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'EvalError', 'URIError'];

function errorName(error: Error): string {
  const prototype = Object.getPrototypeOf(error) as object;
  const maker = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value as { name?: unknown } | undefined;
  return ERRORS.find((name) => name === maker?.name) ?? 'Error';
}

function refused(path: string, why: string): AttituneError {
  const message = `the variable ${path} cannot be kept for a restart: it ${why}. Keep plain data in variables.`;
  return new AttituneError('diagram-failed', message);
}
