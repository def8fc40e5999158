/**
 * Streams of data to the daemon. A call whose reply is good opens one; its packets carry the call's serial. Sources:
 * libvirt's `src/rpc/virnetprotocol.x` and "Data streams" of https://libvirt.org/kbase/internals/rpc.html.
 */
import { Buffer } from 'node:buffer';
import { encodePacket, virNetMessageStatus as STATUS, virNetMessageType as TYPE } from './packet.js';
import type { Packet, PacketHeader } from './packet.js';
import type { Program } from './procedure.js';
import { hyper, nothing, uint } from './xdr.js';
import type { Codec, Infer } from './xdr.js';
import { struct } from './xdr-composites.js';

/** The most data that every daemon takes in one packet (`VIR_NET_MESSAGE_LEGACY_PAYLOAD_MAX`). */
export const STREAM_CHUNK_MAX = 262_120;

/** `virNetStreamHole`. */
export const streamHole = struct({ length: hyper, flags: uint });

/** Bytes as they are, with neither length nor padding. */
const raw: Codec<Buffer> = {
  write: (writer, value) => {
    const { buffer, offset } = writer.reserve(value.length);
    value.copy(buffer, offset);
  },
  read: (reader) => reader.buffer.subarray(reader.take(reader.remaining)),
};

export interface StreamOptions {
  readonly program: Program;
  readonly procedure: number;
  readonly serial: number;
  /** Resolves when there is room for more to be sent. */
  readonly send: (packet: Buffer) => Promise<void>;
  /** Reads the error of a packet. */
  readonly errorOf: (packet: Packet) => Error;
}

/** A stream to the daemon. Once it failed, every method rejects with the reason, but `abort`. */
export class OutgoingStream {
  readonly #options: StreamOptions;
  readonly #ended: Promise<void>;
  #end: (error?: Error) => void = () => undefined;
  #over = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve, reject) => {
      this.#end = (error) => {
        this.#over = true;
        if (error) reject(error);
        else resolve();
      };
    });
    // who writes hears of it
    this.#ended.catch(() => undefined);
  }

  /** Sends at most {@link STREAM_CHUNK_MAX} bytes; resolves when the connection takes more. */
  write(data: Buffer): Promise<void> {
    return this.#send({ type: TYPE.VIR_NET_STREAM, status: STATUS.VIR_NET_CONTINUE }, raw, data);
  }

  /** Skips bytes, which stay as they are or are zero. Only where the call asked for a sparse stream. */
  hole(length: number): Promise<void> {
    const value: Infer<typeof streamHole> = { length: BigInt(length), flags: 0 };
    return this.#send({ type: TYPE.VIR_NET_STREAM_HOLE, status: STATUS.VIR_NET_CONTINUE }, streamHole, value);
  }

  /** Resolves when the daemon says that it has taken everything. */
  async finish(): Promise<void> {
    await this.#send({ type: TYPE.VIR_NET_STREAM, status: STATUS.VIR_NET_OK }, nothing, undefined);
    await this.#ended;
  }

  /** Ends the stream without its end. Resolves when the daemon knows, or the stream is over already. */
  async abort(): Promise<void> {
    if (this.#over) return;
    const header = { type: TYPE.VIR_NET_STREAM, status: STATUS.VIR_NET_ERROR };
    await this.#send(header, nothing, undefined).catch(() => undefined);
    // the daemon answers with an error, that the stream was aborted
    await this.#ended.catch(() => undefined);
  }

  /** For the connection: a packet of this stream has come. */
  receive(packet: Packet): void {
    if (this.#over || packet.header.status === STATUS.VIR_NET_CONTINUE) return;
    if (packet.header.status === STATUS.VIR_NET_ERROR) this.#end(this.#options.errorOf(packet));
    else this.#end();
  }

  /** For the connection: it is lost. */
  fail(reason: Error): void {
    if (!this.#over) this.#end(reason);
  }

  async #send<T>(kind: Pick<PacketHeader, 'type' | 'status'>, codec: Codec<T>, value: T): Promise<void> {
    if (this.#over) return this.#ended;
    const { program, procedure, serial, send } = this.#options;
    const header = { program: program.number, version: program.version, procedure, serial, ...kind };
    await Promise.race([send(encodePacket(header, codec, value)), this.#ended]);
  }
}
