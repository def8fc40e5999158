/**
 * XDR, the external data representation of RFC 4506, as far as libvirt uses it: codecs are values that are put together
 * into codecs of structures, so that a protocol can be written down as a table.
 */
import { Buffer } from 'node:buffer';
import { AttituneError } from '../../../core/model/errors.js';

/** Writes and reads one type of value. `Infer<typeof codec>` is that type. */
export interface Codec<T> {
  write(writer: XdrWriter, value: T): void;
  read(reader: XdrReader): T;
}

export type Infer<C> = C extends Codec<infer T> ? T : never;

/** Collects XDR data into one buffer that grows by doubling. */
export class XdrWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(initialBytes = 256) {
    this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  get length(): number {
    return this.#length;
  }

  /** The offset of `bytes` more bytes, for which there is now room in the returned buffer. */
  reserve(bytes: number): { readonly buffer: Buffer; readonly offset: number } {
    const offset = this.#length;
    this.#length += bytes;
    if (this.#length > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(this.#length, 2 * this.#buffer.length));
      this.#buffer.copy(grown, 0, 0, offset);
      this.#buffer = grown;
    }
    return { buffer: this.#buffer, offset };
  }

  /** What was written so far; a view, valid until the next write. */
  finish(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }
}

/** Goes through XDR data; throws `protocol` where it ends too early. */
export class XdrReader {
  readonly buffer: Buffer;
  #offset: number;

  constructor(buffer: Buffer, offset = 0) {
    this.buffer = buffer;
    this.#offset = offset;
  }

  /** Where the next byte stands in the buffer. */
  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.buffer.length - this.#offset;
  }

  /** Another reader that goes on from here, and leaves this one where it stands. */
  fork(): XdrReader {
    return new XdrReader(this.buffer, this.#offset);
  }

  /** Takes `bytes` bytes and tells where they begin. */
  take(bytes: number): number {
    if (bytes > this.remaining) throw malformed(`${bytes} bytes expected, ${this.remaining} left`);
    const offset = this.#offset;
    this.#offset += bytes;
    return offset;
  }
}

/** The error for data that the protocol does not allow. */
export function malformed(what: string): AttituneError {
  return new AttituneError('protocol', `The libvirt daemon sent malformed data: ${what}.`);
}

function fixedSize<T>(
  bytes: number,
  put: (buffer: Buffer, value: T, offset: number) => void,
  get: (buffer: Buffer, offset: number) => T,
): Codec<T> {
  return {
    write: (writer, value) => {
      const { buffer, offset } = writer.reserve(bytes);
      put(buffer, value, offset);
    },
    read: (reader) => get(reader.buffer, reader.take(bytes)),
  };
}

export const int = fixedSize<number>(
  4,
  (buffer, value, offset) => buffer.writeInt32BE(value, offset),
  (buffer, offset) => buffer.readInt32BE(offset),
);

export const uint = fixedSize<number>(
  4,
  (buffer, value, offset) => buffer.writeUInt32BE(value, offset),
  (buffer, offset) => buffer.readUInt32BE(offset),
);

/** A signed 64-bit integer. */
export const hyper = fixedSize<bigint>(
  8,
  (buffer, value, offset) => buffer.writeBigInt64BE(value, offset),
  (buffer, offset) => buffer.readBigInt64BE(offset),
);

/** An unsigned 64-bit integer. */
export const uhyper = fixedSize<bigint>(
  8,
  (buffer, value, offset) => buffer.writeBigUInt64BE(value, offset),
  (buffer, offset) => buffer.readBigUInt64BE(offset),
);

export const double = fixedSize<number>(
  8,
  (buffer, value, offset) => buffer.writeDoubleBE(value, offset),
  (buffer, offset) => buffer.readDoubleBE(offset),
);

/** No data at all. */
export const nothing: Codec<void> = { write: () => undefined, read: () => undefined };

const padded = (bytes: number): number => (bytes + 3) & ~3;

function writeBytes(writer: XdrWriter, length: number, fill: (buffer: Buffer, offset: number) => void): void {
  const { buffer, offset } = writer.reserve(padded(length));
  fill(buffer, offset);
  buffer.fill(0, offset + length, offset + padded(length));
}

/** Reads the length of what follows; throws `protocol` above `max`. */
export function readLength(reader: XdrReader, max: number, what: string): number {
  const length = uint.read(reader);
  if (length > max) throw malformed(`${what} of length ${length}, at most ${max} allowed`);
  return length;
}

/** A string in UTF-8. C strings end at a zero byte, so that none may be inside. */
export function string(max: number): Codec<string> {
  return {
    write: (writer, value) => {
      if (value.includes('\0'))
        throw new AttituneError('value', `A text has a zero byte in it: ${JSON.stringify(value)}.`);
      const length = Buffer.byteLength(value);
      if (length > max) throw new AttituneError('value', `A text has ${length} bytes, libvirt allows ${max}.`);
      uint.write(writer, length);
      writeBytes(writer, length, (buffer, offset) => buffer.write(value, offset));
    },
    read: (reader) => {
      const length = readLength(reader, max, 'a string');
      const offset = reader.take(padded(length));
      return reader.buffer.toString('utf8', offset, offset + length);
    },
  };
}

/** Exactly `length` bytes. What is read is a view into the packet. */
export function fixedOpaque(length: number): Codec<Buffer> {
  return {
    write: (writer, value) => {
      if (value.length !== length) throw new AttituneError('value', `${value.length} bytes given, ${length} needed.`);
      writeBytes(writer, length, (buffer, offset) => value.copy(buffer, offset));
    },
    read: (reader) => {
      const offset = reader.take(padded(length));
      return reader.buffer.subarray(offset, offset + length);
    },
  };
}

/** At most `max` bytes. What is read is a view into the packet. */
export function opaque(max: number): Codec<Buffer> {
  return {
    write: (writer, value) => {
      if (value.length > max) throw new AttituneError('value', `${value.length} bytes given, libvirt allows ${max}.`);
      uint.write(writer, value.length);
      writeBytes(writer, value.length, (buffer, offset) => value.copy(buffer, offset));
    },
    read: (reader) => {
      const length = readLength(reader, max, 'opaque data');
      const offset = reader.take(padded(length));
      return reader.buffer.subarray(offset, offset + length);
    },
  };
}
