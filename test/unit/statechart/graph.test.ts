import { isDeepStrictEqual } from 'node:util';
import { expect } from 'chai';
import fc from 'fast-check';
import { XmlContent } from '../../../diagrams/statechart/index.js';
import { decodeGraph, HOST_FACTORY } from '../../../diagrams/statechart/persistence/decode-graph.js';
import { encodeGraph, HOST_ORIGIN } from '../../../diagrams/statechart/persistence/encode-graph.js';
import type { Graph } from '../../../diagrams/statechart/persistence/graph.js';

function roundTrip(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const text = JSON.stringify(encodeGraph(values, HOST_ORIGIN));
  return decodeGraph(JSON.parse(text) as Graph, HOST_FACTORY);
}

describe('statechart: values as JSON', () => {
  it('gives every value back as it was', () => {
    const anything = fc.anything({
      ...{
        withBigInt: true,
        withDate: true,
        withMap: true,
        withSet: true,
        withTypedArray: true,
        withSparseArray: true,
      },
      ...{ withNullPrototype: true },
    });
    fc.assert(
      fc.property(anything, (value) => {
        expect(isDeepStrictEqual(roundTrip({ value })['value'], value)).to.equal(true);
      }),
      { numRuns: 500, seed: 20261121 },
    );
  });

  it('keeps what is shared shared, and rings closed', () => {
    const shared = { n: 1 };
    const ring: unknown[] = [shared];
    ring.push(ring, new Map([[ring, shared]]));
    const { a, b } = roundTrip({ a: ring, b: shared }) as { a: unknown[]; b: unknown };
    expect(a[0]).to.equal(b);
    expect(a[1]).to.equal(a);
    expect((a[2] as Map<unknown, unknown>).get(a)).to.equal(b);
  });

  it('has no way to a prototype', () => {
    const { value } = roundTrip({ value: JSON.parse('{"__proto__": {"evil": 1}, "constructor": 2}') as unknown });
    expect(({} as Record<string, unknown>)['evil']).to.equal(undefined);
    expect(Object.keys(value as object)).to.deep.equal(['__proto__', 'constructor']);
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype);
  });

  it('leaves out what cannot enter a diagram', () => {
    class Thing {
      readonly n = 1;
      readonly f = () => 1;
      get computed(): number {
        throw new Error('it was asked');
      }
    }
    const { value } = roundTrip({ value: [new Thing(), Symbol('s'), new XmlContent('<a/>')] });
    expect(value).to.deep.equal([{ n: 1, f: undefined }, undefined, new XmlContent('<a/>')]);
  });
});
