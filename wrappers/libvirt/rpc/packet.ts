/**
 * The packets of libvirt's RPC protocol: a length that counts itself, a header of six words, then the payload.
 * Source of the numbers: libvirt's `src/rpc/virnetprotocol.x`.
 */
import { Buffer } from 'node:buffer';
import { AttituneError } from '../../../core/model/errors.js';
import { XdrReader, XdrWriter, malformed } from './xdr.js';
import type { Codec } from './xdr.js';

export const VIR_NET_MESSAGE_LEN_MAX = 4;
export const VIR_NET_MESSAGE_HEADER_MAX = 24;
/** The largest packet without its length word. */
export const VIR_NET_MESSAGE_MAX = 33_554_432;

export const virNetMessageType = {
  VIR_NET_CALL: 0,
  VIR_NET_REPLY: 1,
  VIR_NET_MESSAGE: 2,
  VIR_NET_STREAM: 3,
  VIR_NET_STREAM_HOLE: 6,
} as const;
export const virNetMessageStatus = { VIR_NET_OK: 0, VIR_NET_ERROR: 1, VIR_NET_CONTINUE: 2 } as const;

export interface PacketHeader {
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly type: number;
  readonly serial: number;
  readonly status: number;
}

export interface Packet {
  readonly header: PacketHeader;
  /** Stands at the beginning of the payload. */
  readonly payload: XdrReader;
}

/** A packet ready to be sent. Throws `value` where the payload does not fit. */
export function encodePacket<T>(header: PacketHeader, codec: Codec<T>, value: T): Buffer {
  const writer = new XdrWriter();
  writer.reserve(VIR_NET_MESSAGE_LEN_MAX + VIR_NET_MESSAGE_HEADER_MAX);
  codec.write(writer, value);
  const packet = writer.finish();
  if (packet.length > VIR_NET_MESSAGE_MAX + VIR_NET_MESSAGE_LEN_MAX) {
    throw new AttituneError(
      'value',
      `A call to libvirt would have ${packet.length} bytes; it allows ${VIR_NET_MESSAGE_MAX}.`,
    );
  }
  packet.writeUInt32BE(packet.length, 0);
  packet.writeUInt32BE(header.program, 4);
  packet.writeUInt32BE(header.version, 8);
  packet.writeInt32BE(header.procedure, 12);
  packet.writeInt32BE(header.type, 16);
  packet.writeUInt32BE(header.serial, 20);
  packet.writeInt32BE(header.status, 24);
  return packet;
}

/** Takes a packet apart that stands in `buffer` without its length word. */
export function decodePacket(buffer: Buffer): Packet {
  return {
    header: {
      program: buffer.readUInt32BE(0),
      version: buffer.readUInt32BE(4),
      procedure: buffer.readInt32BE(8),
      type: buffer.readInt32BE(12),
      serial: buffer.readUInt32BE(16),
      status: buffer.readInt32BE(20),
    },
    payload: new XdrReader(buffer, VIR_NET_MESSAGE_HEADER_MAX),
  };
}

/**
 * Cuts a stream of bytes into packets, however the stream was chunked. A packet within one chunk is a view into it;
 * only a packet that spans chunks is copied, once.
 */
export class PacketFramer {
  readonly #prefix = Buffer.alloc(VIR_NET_MESSAGE_LEN_MAX);
  #prefixFilled = 0;
  #partial: Buffer | undefined;
  #partialFilled = 0;

  /** Calls `onPacket` with each packet, without its length word, that `chunk` completes. Throws `protocol`. */
  push(chunk: Buffer, onPacket: (packet: Buffer) => void): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#partial) {
        offset += this.#fillPartial(this.#partial, chunk, offset, onPacket);
      } else if (this.#prefixFilled > 0 || chunk.length - offset < VIR_NET_MESSAGE_LEN_MAX) {
        const copied = chunk.copy(this.#prefix, this.#prefixFilled, offset);
        this.#prefixFilled += copied;
        offset += copied;
        if (this.#prefixFilled === VIR_NET_MESSAGE_LEN_MAX) this.#begin(packetLength(this.#prefix, 0));
      } else {
        const length = packetLength(chunk, offset);
        offset += VIR_NET_MESSAGE_LEN_MAX;
        if (length <= chunk.length - offset) {
          const packet = chunk.subarray(offset, offset + length);
          offset += length;
          onPacket(packet);
        } else {
          this.#begin(length);
        }
      }
    }
  }

  #begin(length: number): void {
    this.#prefixFilled = 0;
    this.#partialFilled = 0;
    this.#partial = Buffer.allocUnsafe(length);
  }

  #fillPartial(partial: Buffer, chunk: Buffer, offset: number, onPacket: (packet: Buffer) => void): number {
    const copied = chunk.copy(partial, this.#partialFilled, offset);
    this.#partialFilled += copied;
    if (this.#partialFilled === partial.length) {
      this.#partial = undefined;
      onPacket(partial);
    }
    return copied;
  }
}

/** The length of a packet without its length word. */
function packetLength(buffer: Buffer, offset: number): number {
  const length = buffer.readUInt32BE(offset) - VIR_NET_MESSAGE_LEN_MAX;
  if (length < VIR_NET_MESSAGE_HEADER_MAX || length > VIR_NET_MESSAGE_MAX) {
    throw malformed(`a packet of ${length + VIR_NET_MESSAGE_LEN_MAX} bytes`);
  }
  return length;
}
