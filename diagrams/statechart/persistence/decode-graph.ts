import vm from 'node:vm';
import { AttituneError } from '../../../core/model/errors.js';
import { XmlContent } from '../chart/xml-content.js';
import type { Graph, GraphNode, Members, Reference, Special } from './graph.js';

/** Makes objects of one context. */
export interface ValueFactory {
  readonly object: (bare: boolean) => Record<string, unknown>;
  readonly array: () => unknown[];
  readonly date: (time: number) => object;
  readonly regexp: (source: string, flags: string, at: number) => object;
  readonly map: () => Map<unknown, unknown>;
  readonly set: () => Set<unknown>;
  readonly error: (name: string) => object;
  readonly bytes: (kind: string, values: readonly number[]) => object;
  readonly xml: (text: string) => object;
  readonly step: (node: object, steps: readonly number[]) => object | undefined;
  /** What scripts declared under a global name. */
  readonly global: (name: string) => unknown;
}

/** Evaluates to the parts of a {@link ValueFactory} that must be made inside a context. */
export const FACTORY = new vm.Script(`({
  object: (bare) => bare ? Object.create(null) : {},
  array: () => [],
  date: (time) => new Date(time),
  regexp: (source, flags, at) => { const made = new RegExp(source, flags); made.lastIndex = at; return made; },
  map: () => new Map(),
  set: () => new Set(),
  error: (name) => {
    const made = new ({ TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError }[name] ?? Error)();
    delete made.stack;
    return made;
  },
  bytes: (kind, values) => {
    const { buffer } = Uint8Array.from(values);
    const kinds = { Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array,
      Float32Array, Float64Array, BigInt64Array, BigUint64Array, DataView };
    return new kinds[kind](buffer);
  },
})`);

type MadeInside = Omit<ValueFactory, 'xml' | 'step' | 'global'>;

/** Values of the program's own. */
export const HOST_FACTORY: ValueFactory = {
  ...(FACTORY.runInThisContext() as MadeInside),
  xml: (text) => new XmlContent(text),
  step: () => undefined,
  global: () => undefined,
};

/**
 * Makes the values of a graph again. `former` holds, by root, what is there already: functions are taken from the same
 * place in it, and roots in `into` are filled in place, since they cannot be assigned. Throws `diagram-changed` where a
 * function is no longer there.
 */
export function decodeGraph(
  { roots, nodes }: Graph,
  factory: ValueFactory,
  former: Readonly<Record<string, unknown>> = {},
  into: ReadonlySet<string> = new Set(),
): Record<string, unknown> {
  const decoder = new GraphDecoder(nodes, factory);
  // those in place first, so that others that hold them find them made
  const names = Object.keys(roots).sort((a, b) => Number(into.has(b)) - Number(into.has(a)));
  const values = names.map((name) => {
    const before = former[name];
    const inPlace = into.has(name) && before !== null && typeof before === 'object';
    return [name, decoder.value(roots[name] as Reference, before, name, inPlace)] as const;
  });
  decoder.freeze();
  return Object.fromEntries(values);
}

class GraphDecoder {
  readonly #made = new Map<number, unknown>();
  readonly #frozen: unknown[] = [];

  constructor(
    private readonly nodes: readonly GraphNode[],
    private readonly factory: ValueFactory,
  ) {}

  freeze(): void {
    for (const value of this.#frozen) Object.freeze(value);
  }

  value(reference: Reference, former: unknown, path: string, inPlace = false): unknown {
    if (reference === null || typeof reference !== 'object') return reference;
    if (isSpecial(reference)) return this.#special(reference, former, path);
    const [index] = reference;
    if (this.#made.has(index)) return this.#made.get(index);
    return this.#node(index, former, path, inPlace);
  }

  #special(special: Special, former: unknown, path: string): unknown {
    if (special.is === 'bigint') return BigInt(special.digits);
    if (special.is !== 'function' && special.is !== 'global') return SPECIALS.get(special.is);
    const found = special.is === 'global' ? this.factory.global(special.name) : former;
    if (typeof found === 'function') return found;
    const message = `the variable ${path} held a function that the scripts of the diagram do not make again. Declare functions in the <script> of <scxml>.`;
    throw new AttituneError('diagram-changed', message);
  }

  #node(index: number, former: unknown, path: string, inPlace: boolean): unknown {
    const node = this.nodes[index] as GraphNode;
    const keep = <T>(made: T): T => {
      this.#made.set(index, made);
      return made;
    };
    const { factory } = this;
    switch (node.type) {
      case 'date':
        return keep(factory.date(node.time ?? NaN));
      case 'regexp':
        return keep(factory.regexp(node.source, node.flags, node.at));
      case 'bytes':
        return keep(factory.bytes(node.kind, [...Buffer.from(node.base64, 'base64')]));
      case 'xml':
        return keep(factory.xml(node.text));
      case 'node':
        return keep(factory.step(this.value(node.document, undefined, path) as object, node.steps));
      case 'map': {
        const map = keep(inPlace ? emptied(former as Map<unknown, unknown>) : factory.map());
        for (const [key, item] of node.entries)
          map.set(this.value(key, undefined, path), this.value(item, undefined, path));
        return map;
      }
      case 'set': {
        const set = keep(inPlace ? emptied(former as Set<unknown>) : factory.set());
        for (const item of node.values) set.add(this.value(item, undefined, path));
        return set;
      }
      case 'error':
        return this.#fill(keep(factory.error(node.name)), node.members, former, path, false);
      case 'array':
        return this.#array(node, keep(inPlace ? (former as unknown[]) : factory.array()), former, path);
      case 'object': {
        const made = keep(inPlace ? (former as object) : this.#object(node, path));
        this.#fill(made, node.members, former, path, true);
        if (node.frozen) this.#frozen.push(made);
        return made;
      }
    }
  }

  #object({ of, bare }: GraphNode & { readonly type: 'object' }, path: string): object {
    const made = this.factory.object(bare === true);
    if (of === undefined) return made;
    const maker = this.factory.global(of);
    if (typeof maker === 'function') return Object.setPrototypeOf(made, maker.prototype as object) as object;
    const message = `the variable ${path} is an object of "${of}", which the scripts of the diagram no longer declare.`;
    throw new AttituneError('diagram-changed', message);
  }

  #array(node: GraphNode & { readonly type: 'array' }, made: unknown[], former: unknown, path: string): unknown[] {
    const before = made === former ? [...made] : former;
    made.length = 0;
    made.length = node.items.length;
    for (const [index, item] of node.items.entries()) {
      if (isHole(item)) continue;
      made[index] = this.value(item, memberOf(before, String(index)), `${path}[${index}]`);
    }
    this.#fill(made, node.members, former, path, true);
    if (node.frozen) this.#frozen.push(made);
    return made;
  }

  #fill(made: object, members: Members, former: unknown, path: string, enumerable: boolean): object {
    const present = new Set(members.map(([key]) => key));
    if (made === former && !Array.isArray(made)) {
      for (const key of Object.keys(made)) if (!present.has(key)) Reflect.deleteProperty(made, key);
    }
    const before = made === former ? { ...(made as Readonly<Record<string, unknown>>) } : former;
    for (const [key, reference] of members) {
      const value = this.value(reference, memberOf(before, key), `${path}.${key}`);
      Object.defineProperty(made, key, { value, writable: true, enumerable, configurable: true });
    }
    return made;
  }
}

const SPECIALS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['undefined', undefined],
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
  ['-0', -0],
]);

function isSpecial(reference: readonly [number] | Special): reference is Special {
  return !Array.isArray(reference);
}

function isHole(reference: Reference): boolean {
  return reference !== null && typeof reference === 'object' && 'is' in reference && reference.is === 'hole';
}

function memberOf(value: unknown, key: string): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  return Object.getOwnPropertyDescriptor(value, key)?.value as unknown;
}

function emptied<T extends { clear(): void }>(collection: T): T {
  collection.clear();
  return collection;
}
