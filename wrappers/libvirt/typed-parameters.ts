/** `virTypedParameter`: the named values of several types in which libvirt gives statistics and takes options. */
import { text } from './rpc/remote-types.js';
import { double, hyper, int, malformed, uhyper, uint } from './rpc/xdr.js';
import type { Codec } from './rpc/xdr.js';
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

/** The number of that name, or `undefined` where there is none. */
export function numberOf(table: ParameterTable, field: string): number | undefined {
  const value = table.get(field);
  return typeof value === 'number' ? value : undefined;
}
