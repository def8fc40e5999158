/** Codecs that are made of codecs: optional values, arrays and structures of XDR (RFC 4506). */
import { AttituneError } from '../../../core/model/errors.js';
import { malformed, readLength, uint } from './xdr.js';
import type { Codec } from './xdr.js';

/** A value that can be absent: a pointer in the protocol's own language. */
export function optional<T>(codec: Codec<T>): Codec<T | undefined> {
  return {
    write: (writer, value) => {
      uint.write(writer, value === undefined ? 0 : 1);
      if (value !== undefined) codec.write(writer, value);
    },
    read: (reader) => {
      const flag = uint.read(reader);
      if (flag > 1) throw malformed(`an optional value with flag ${flag}`);
      return flag === 1 ? codec.read(reader) : undefined;
    },
  };
}

/** At most `max` values of one type. */
export function array<T>(codec: Codec<T>, max: number): Codec<readonly T[]> {
  return {
    write: (writer, values) => {
      if (values.length > max)
        throw new AttituneError('value', `${values.length} entries given, libvirt allows ${max}.`);
      uint.write(writer, values.length);
      for (const value of values) codec.write(writer, value);
    },
    read: (reader) => {
      const length = readLength(reader, max, 'an array');
      const values: T[] = [];
      for (let index = 0; index < length; index += 1) values.push(codec.read(reader));
      return values;
    },
  };
}

/** Exactly `length` values of one type, with no length in front. */
export function fixedArray<T>(codec: Codec<T>, length: number): Codec<readonly T[]> {
  return {
    write: (writer, values) => {
      if (values.length !== length)
        throw new AttituneError('value', `${values.length} entries given, ${length} needed.`);
      for (const value of values) codec.write(writer, value);
    },
    read: (reader) => Array.from({ length }, () => codec.read(reader)),
  };
}

/** Fields one after the other, in the order of the literal. */
export function struct<T extends object>(fields: { readonly [K in keyof T]-?: Codec<T[K]> }): Codec<T> {
  const entries = Object.entries<Codec<unknown>>(fields as Record<string, Codec<unknown>>);
  return {
    write: (writer, value) => {
      for (const [name, codec] of entries) codec.write(writer, value[name as keyof T]);
    },
    read: (reader) => {
      const value: Record<string, unknown> = {};
      for (const [name, codec] of entries) value[name] = codec.read(reader);
      return value as T;
    },
  };
}
