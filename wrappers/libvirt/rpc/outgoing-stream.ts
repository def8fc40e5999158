/**
 * Streams of data to the daemon. A call whose reply is good opens one; its packets carry the call's serial. Sources:
 * libvirt's `src/rpc/virnetprotocol.x` and "Data streams" of https://libvirt.org/kbase/internals/rpc.html.
 */
import { Buffer } from 'node:buffer';
import { AttituneError } from '../../../core/model/errors.js';
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

/** A stream to the daemon. Once it failed or was aborted, every method rejects with the reason, but `abort`. */
export class OutgoingStream {
  readonly #options: StreamOptions;
  readonly #ended: Promise<void>;
  /** Those who wait for the connection to take more. */
  readonly #waiting = new Set<() => void>();
  #settle: (error?: Error) => void = () => undefined;
  #over = false;
  #aborting = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#ended = new Promise((resolve, reject) => {
      this.#settle = (error) => {
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

  /**
   * Ends the stream without its end; who still writes gets `cancelled` at once. Resolves when the daemon knows, or where
   * the stream is over already.
   */
  async abort(): Promise<void> {
    if (this.#over) return;
    if (!this.#aborting) {
      this.#aborting = true;
      this.#wake();
      void this.#options.send(
        this.#packet({ type: TYPE.VIR_NET_STREAM, status: STATUS.VIR_NET_ERROR }, nothing, undefined),
      );
    }
    // the daemon answers with an error, that the stream was aborted
    await this.#ended.catch(() => undefined);
  }

  /** For the connection: a packet of this stream has come. */
  receive(packet: Packet): void {
    if (this.#over || packet.header.status === STATUS.VIR_NET_CONTINUE) return;
    this.#end(packet.header.status === STATUS.VIR_NET_ERROR ? this.#options.errorOf(packet) : undefined);
  }

  /** For the connection: it is lost. */
  fail(reason: Error): void {
    if (!this.#over) this.#end(reason);
  }

  #end(error?: Error): void {
    this.#over = true;
    this.#settle(error);
    this.#wake();
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  async #send<T>(kind: Pick<PacketHeader, 'type' | 'status'>, codec: Codec<T>, value: T): Promise<void> {
    if (!this.#over && !this.#aborting) await this.#takenOrEnded(this.#packet(kind, codec, value));
    if (this.#over) return this.#ended;
    if (this.#aborting) throw new AttituneError('cancelled', 'The transfer to libvirt was aborted.');
  }

  #packet<T>(kind: Pick<PacketHeader, 'type' | 'status'>, codec: Codec<T>, value: T): Buffer {
    const { program, procedure, serial } = this.#options;
    const header = { program: program.number, version: program.version, procedure, serial, ...kind };
    return encodePacket(header, codec, value);
  }

  /** Not a race of promises: that would keep something of each packet until the stream is over. */
  #takenOrEnded(packet: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        resolve();
      };
      this.#waiting.add(wake);
      void this.#options.send(packet).then(wake);
    });
  }
}
