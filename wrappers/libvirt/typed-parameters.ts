/** `virTypedParameter`: the named values of several types in which libvirt gives statistics and takes options. */
import { Buffer } from 'node:buffer';
import { text } from './rpc/remote-types.js';
import { double, hyper, int, malformed, readLength, uhyper, uint } from './rpc/xdr.js';
import type { Codec, XdrReader } from './rpc/xdr.js';
import { array, struct } from './rpc/xdr-composites.js';

export type TypedValue =
  | { readonly type: 'int' | 'uint' | 'double' | 'boolean'; readonly value: number }
  | { readonly type: 'llong' | 'ullong'; readonly value: bigint }
  | { readonly type: 'string'; readonly value: string };

export interface TypedParameter {
  readonly field: string;
  readonly value: TypedValue;
}

/** `VIR_TYPED_PARAM_INT` and so on, in the order of their numbers, which begin at 1. */
const TYPES = [
  ['int', int],
  ['uint', uint],
  ['llong', hyper],
  ['ullong', uhyper],
  ['double', double],
  ['boolean', int],
  ['string', text],
] as unknown as readonly (readonly [TypedValue['type'], Codec<TypedValue['value']>])[];

const typedValue: Codec<TypedValue> = {
  write: (writer, { type, value }) => {
    const index = TYPES.findIndex(([name]) => name === type);
    int.write(writer, index + 1);
    TYPES[index]?.[1].write(writer, value);
  },
  read: (reader) => {
    const number = int.read(reader);
    const arm = TYPES[number - 1];
    if (!arm) throw malformed(`a typed parameter of the unknown type ${number}`);
    return { type: arm[0], value: arm[1].read(reader) } as TypedValue;
  },
};

/** A list of at most `max` typed parameters. */
export function typedParameters(max: number): Codec<readonly TypedParameter[]> {
  return array(struct<TypedParameter>({ field: text, value: typedValue }), max);
}

export type ParameterTable = ReadonlyMap<string, number | string>;

/**
 * Parameters by name, with 64-bit integers as numbers. Beyond 2^53 (104 days in nanoseconds, 8 PiB) the last digits
 * are rounded, which no statistic minds; "no limit" is written as 2^64 - 1 and stays as large.
 */
export function parameterTable(parameters: readonly TypedParameter[]): ParameterTable {
  return new Map(
    parameters.map(({ field, value: { value } }) => [field, typeof value === 'bigint' ? Number(value) : value]),
  );
}

const HIGH_WORD = 2 ** 32;

/** How the value of each type is read as one of a table, in the order of their numbers, which begin at 1. */
const TABLE_READERS: readonly ((reader: XdrReader) => number | string)[] = [
  (reader) => int.read(reader),
  (reader) => uint.read(reader),
  (reader) => int.read(reader) * HIGH_WORD + uint.read(reader),
  (reader) => uint.read(reader) * HIGH_WORD + uint.read(reader),
  (reader) => double.read(reader),
  (reader) => int.read(reader),
  (reader) => text.read(reader),
];

/**
 * A list of at most `max` typed parameters, read as a table at once. It is for statistics of many domains, which are
 * tens of thousands of parameters a second: no objects and big integers are made in between, and since all domains have
 * the same fields in nearly the same order, a name is only made anew where it differs from the one read there before.
 * A table is written with its numbers as doubles.
 */
export function parameterTables(max: number): Codec<ParameterTable> {
  const expected: FieldName[] = [];
  return {
    write: (writer, table) => {
      uint.write(writer, table.size);
      for (const [field, value] of table) {
        text.write(writer, field);
        typedValue.write(writer, typeof value === 'string' ? { type: 'string', value } : { type: 'double', value });
      }
    },
    read: (reader) => {
      const length = readLength(reader, max, 'an array');
      const table = new Map<string, number | string>();
      for (let index = 0; index < length; index += 1) {
        const field = readField(reader, expected, index);
        const number = int.read(reader);
        const read = TABLE_READERS[number - 1];
        if (!read) throw malformed(`a typed parameter of the unknown type ${number}`);
        table.set(field, read(reader));
      }
      return table;
    },
  };
}

interface FieldName {
  readonly bytes: Buffer;
  readonly name: string;
}

/** Names beyond this place are not remembered: no real list is as long. */
const REMEMBERED = 4096;

function readField(reader: XdrReader, expected: FieldName[], index: number): string {
  const known = expected[index];
  if (known && startsWith(reader, known.bytes)) {
    reader.take(known.bytes.length);
    return known.name;
  }
  const begin = reader.offset;
  const name = text.read(reader);
  if (index < REMEMBERED) expected[index] = { bytes: Buffer.from(reader.buffer.subarray(begin, reader.offset)), name };
  return name;
}

/** Whether the very bytes of an encoded text, with its length and padding, come next. */
function startsWith(reader: XdrReader, bytes: Buffer): boolean {
  if (reader.remaining < bytes.length) return false;
  const { buffer, offset } = reader;
  for (let index = 0; index < bytes.length; index += 1) {
    if (buffer[offset + index] !== bytes[index]) return false;
  }
  return true;
}

/** The number of that name, or `undefined` where there is none. */
export function numberOf(table: ParameterTable, field: string): number | undefined {
  const value = table.get(field);
  return typeof value === 'number' ? value : undefined;
}
