import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import {
  double,
  fixedOpaque,
  hyper,
  int,
  opaque,
  string,
  uhyper,
  uint,
  XdrReader,
  XdrWriter,
} from '../../../wrappers/libvirt/rpc/xdr.js';
import type { Codec } from '../../../wrappers/libvirt/rpc/xdr.js';
import { array, fixedArray, optional, struct } from '../../../wrappers/libvirt/rpc/xdr-composites.js';
import { remoteDomain, uuid } from '../../../wrappers/libvirt/rpc/remote-types.js';
import { parameterTable, parameterTables, typedParameters } from '../../../wrappers/libvirt/typed-parameters.js';

function written<T>(codec: Codec<T>, value: T): Buffer {
  const writer = new XdrWriter(4);
  codec.write(writer, value);
  return Buffer.from(writer.finish());
}

function read<T>(codec: Codec<T>, data: Buffer): T {
  const reader = new XdrReader(data);
  const value = codec.read(reader);
  expect(reader.remaining).to.equal(0);
  return value;
}

function roundTrips<T>(codec: Codec<T>, values: fc.Arbitrary<T>): void {
  fc.assert(
    fc.property(values, (value) => {
      const data = written(codec, value);
      expect(data.length % 4).to.equal(0);
      expect(read(codec, data)).to.deep.equal(value);
    }),
  );
}

const texts = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0'));
const bytes = (min: number, max: number) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((data) => Buffer.from(data));

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof AttituneError) return error.code;
    throw error;
  }
  return 'none';
}

describe('XDR', () => {
  it('writes what RFC 4506 says', () => {
    expect(written(int, -2).toString('hex')).to.equal('fffffffe');
    expect(written(uhyper, 1n).toString('hex')).to.equal('0000000000000001');
    expect(written(string(10), 'sillyprog'.slice(0, 5)).toString('hex')).to.equal('0000000573696c6c79000000');
    expect(written(optional(int), undefined).toString('hex')).to.equal('00000000');
    expect(written(optional(int), 7).toString('hex')).to.equal('0000000100000007');
    expect(written(array(int, 2), [1, 2]).toString('hex')).to.equal('000000020000000100000002');
  });

  it('reads back every number it writes', () => {
    roundTrips(int, fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }));
    roundTrips(uint, fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    roundTrips(hyper, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    roundTrips(uhyper, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
    roundTrips(double, fc.double());
  });

  it('reads back every text, and every run of bytes', () => {
    roundTrips(string(10_000), texts);
    roundTrips(opaque(100), bytes(0, 100));
    roundTrips(fixedOpaque(7), bytes(7, 7));
    roundTrips(uuid, fc.uuid());
  });

  it('reads back what is composed of these', () => {
    const codec = struct({
      name: string(1000),
      sizes: array(uhyper, 10),
      next: optional(int),
      three: fixedArray(int, 3),
    });
    roundTrips(
      codec,
      fc.record({
        name: texts,
        sizes: fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { maxLength: 10 }),
        next: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
        three: fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 }),
      }),
    );
    roundTrips(remoteDomain, fc.record({ name: texts, uuid: fc.uuid(), id: fc.integer({ min: -1, max: 99 }) }));
  });

  const parameters = (() => {
    const value = fc.oneof(
      fc.record({ type: fc.constantFrom('int' as const, 'boolean' as const), value: fc.integer({ min: -9, max: 9 }) }),
      fc.record({ type: fc.constant('uint' as const), value: fc.integer({ min: 0, max: 2 ** 32 - 1 }) }),
      fc.record({ type: fc.constant('llong' as const), value: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }) }),
      fc.record({ type: fc.constant('ullong' as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
      fc.record({ type: fc.constant('double' as const), value: fc.double() }),
      fc.record({ type: fc.constant('string' as const), value: texts }),
    );
    const field = fc.oneof(texts, fc.constantFrom('state.state', 'cpu.time', 'net.0.name', 'net.1.name'));
    return fc.array(fc.record({ field, value }), { maxLength: 20 });
  })();

  it('reads back typed parameters of every type', () => {
    roundTrips(typedParameters(20), parameters);
  });

  it('reads tables as it reads the parameters they are of, whatever was read before', () => {
    const tables = parameterTables(20);
    fc.assert(
      fc.property(fc.array(parameters, { maxLength: 5 }), (lists) => {
        for (const list of lists) {
          const data = written(typedParameters(20), list);
          expect([...read(tables, data)]).to.deep.equal([...parameterTable(list)]);
        }
      }),
    );
  });

  it('writes tables that it reads back', () => {
    const values = fc.oneof(texts, fc.double());
    roundTrips(
      parameterTables(9),
      fc.array(fc.tuple(texts, values), { maxLength: 9 }).map((entries) => new Map(entries)),
    );
  });

  it('gives 64-bit parameters as numbers, also those that mean "no limit"', () => {
    const table = parameterTable([
      { field: 'cpu.time', value: { type: 'ullong', value: 12_345_678_901n } },
      { field: 'limit', value: { type: 'ullong', value: 2n ** 64n - 1n } },
      { field: 'name', value: { type: 'string', value: 'vda' } },
    ]);
    expect([...table]).to.deep.equal([
      ['cpu.time', 12_345_678_901],
      ['limit', 2 ** 64],
      ['name', 'vda'],
    ]);
  });

  it('refuses data that ends too early, is too long, or is none of its kind', () => {
    expect(code(() => read(int, Buffer.from([0, 0, 1])))).to.equal('protocol');
    expect(code(() => read(string(4), written(string(9), 'too long')))).to.equal('protocol');
    expect(code(() => read(string(100), Buffer.from([0, 0, 0, 8, 0x61])))).to.equal('protocol');
    expect(code(() => read(array(int, 3), Buffer.from([0xff, 0xff, 0xff, 0xff])))).to.equal('protocol');
    expect(code(() => read(optional(int), Buffer.from([0, 0, 0, 2])))).to.equal('protocol');
    for (const codec of [typedParameters(1), parameterTables(1)] as const) {
      expect(code(() => read<unknown>(codec, written(array(int, 3), [0, 99])))).to.equal('protocol');
      expect(code(() => read<unknown>(codec, Buffer.from('00000001' + '00000000' + '00000063', 'hex')))).to.equal(
        'protocol',
      );
    }
  });

  it('refuses values that the other side could not take', () => {
    expect(code(() => written(string(3), 'four'))).to.equal('value');
    expect(code(() => written(string(9), 'a\0b'))).to.equal('value');
    expect(code(() => written(array(int, 1), [1, 2]))).to.equal('value');
    expect(code(() => written(fixedOpaque(2), Buffer.alloc(3)))).to.equal('value');
  });
});
