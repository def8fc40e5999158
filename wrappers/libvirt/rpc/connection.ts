import type { Buffer } from 'node:buffer';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Subscription } from '../../../core/model/hypervisor.js';
import { toAttituneError } from '../errors.js';
import { remoteError } from './remote-types.js';
import {
  KEEPALIVE_PROC_PING,
  KEEPALIVE_PROC_PONG,
  KEEPALIVE_PROGRAM,
  KeepaliveTimer,
  keepalivePacket,
} from './keepalive.js';
import type { KeepaliveOptions } from './keepalive.js';
import { PacketFramer, decodePacket, encodePacket, virNetMessageStatus, virNetMessageType } from './packet.js';
import type { Packet } from './packet.js';
import { OutgoingStream } from './outgoing-stream.js';
import type { EventMessage, Procedure } from './procedure.js';
import { RequestGate } from './request-gate.js';
import type { Lane } from './request-gate.js';
import { malformed } from './xdr.js';
import type { Codec, XdrReader } from './xdr.js';

export interface ConnectionOptions {
  readonly clock: Clock;
  /** How the peer is called in messages, such as `host1 (qemu+tcp://host1/system)`. */
  readonly peer: string;
  readonly keepalive?: KeepaliveOptions;
  /** As in the daemon's `libvirtd.conf`; libvirt's own default is 5. */
  readonly maxClientRequests?: number;
}

interface PendingCall {
  readonly lane: Lane;
  settle(packet: Packet): void;
  fail(reason: AttituneError): void;
}

type Reception = (payload: XdrReader) => void;

/**
 * One connection to a libvirt daemon: sends calls, matches replies by their serial, hands out event messages, answers
 * and sends keepalive pings. What the peer breaks of the protocol closes the connection with error `protocol`; when
 * the stream ends, every pending call rejects with `host-unreachable`.
 */
export class RpcConnection {
  readonly #stream: Duplex;
  readonly #peer: string;
  readonly #framer = new PacketFramer();
  readonly #gate: RequestGate;
  readonly #keepalive: KeepaliveTimer;
  readonly #calls = new Map<number, PendingCall>();
  /** By the serials of the calls that opened them; those that are over stay, since packets of theirs may still come. */
  readonly #streams = new Map<number, OutgoingStream>();
  readonly #receptions = new Map<string, Set<Reception>>();
  readonly #closeListeners = new Set<(reason: AttituneError) => void>();
  #drained: Promise<void> | undefined;
  #serial = 0;
  #closed: AttituneError | undefined;

  constructor(stream: Duplex, options: ConnectionOptions) {
    this.#stream = stream;
    this.#peer = options.peer;
    this.#gate = new RequestGate(options.maxClientRequests ?? 5);
    this.#keepalive = new KeepaliveTimer(
      options.clock,
      options.keepalive ?? { intervalMs: 5000, count: 3 },
      () => stream.write(keepalivePacket(KEEPALIVE_PROC_PING)),
      (silentMs) => this.#lose(`does not answer for ${silentMs / 1000} s`),
    );
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('error', (error: Error) => this.#lose(`connection failed: ${error.message}`, error));
    stream.on('end', () => this.#lose('closed the connection'));
    stream.on('close', () => this.#lose('closed the connection'));
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /**
   * The one way to call the daemon. Rejects with libvirt's error as an `AttituneError`, with `value` where the
   * arguments cannot be written, or with `host-unreachable` when the connection is or gets lost.
   */
  call<A, R>(procedure: Procedure<A, R>, args: A): Promise<R> {
    return this.#call(procedure, args, () => this.#nextSerial());
  }

  /** Makes a call whose reply opens a stream of data to the daemon. Rejects as {@link call} does. */
  async openStream<A>(procedure: Procedure<A, void>, args: A): Promise<OutgoingStream> {
    const serial = this.#nextSerial();
    const stream = new OutgoingStream({
      program: procedure.program,
      procedure: procedure.number,
      serial,
      send: (packet) => this.#write(packet),
      errorOf: ({ payload }) => toAttituneError(readAll(remoteError, payload), this.#peer),
    });
    this.#streams.set(serial, stream);
    await this.#call(procedure, args, () => serial);
    return stream;
  }

  #call<A, R>(procedure: Procedure<A, R>, args: A, serialOf: () => number): Promise<R> {
    return new Promise<R>((resolve, reject) => {
      if (this.#closed) throw this.#closed;
      const serial = serialOf();
      const packet = callPacket(procedure, args, serial);
      this.#calls.set(serial, {
        lane: procedure.lane,
        fail: reject,
        settle: ({ header, payload }) => {
          if (header.program !== procedure.program.number || header.procedure !== procedure.number) {
            throw malformed(`a reply of procedure ${header.procedure} to a call of procedure ${procedure.number}`);
          }
          if (header.status === virNetMessageStatus.VIR_NET_ERROR) {
            reject(toAttituneError(readAll(remoteError, payload), this.#peer));
          } else {
            resolve(readAll(procedure.result, payload));
          }
        },
      });
      this.#gate.enter(procedure.lane, () => {
        if (!this.#closed) this.#stream.write(packet);
      });
    });
  }

  /** Calls `listener` for every message of that kind, in the order of their arrival. */
  on<M>(event: EventMessage<M>, listener: (message: M) => void): Subscription {
    const key = `${event.program.number}/${event.number}`;
    const reception: Reception = (payload) => {
      const message = readAll(event.message, payload);
      try {
        listener(message);
      } catch (error) {
        process.emitWarning(AttituneError.from(error, 'internal', `A listener to events of ${this.#peer} failed`));
      }
    };
    const receptions = this.#receptions.get(key) ?? new Set();
    this.#receptions.set(key, receptions.add(reception));
    return { unsubscribe: () => void receptions.delete(reception) };
  }

  /** Calls `listener` once when the connection is lost, but not when it is closed from this side. */
  onClose(listener: (reason: AttituneError) => void): Subscription {
    this.#closeListeners.add(listener);
    return { unsubscribe: () => void this.#closeListeners.delete(listener) };
  }

  /** Ends the connection from this side with a last call; pending calls reject with `host-unreachable`. */
  close<R>(farewell: Procedure<void, R>): void {
    if (this.#closed) return;
    this.#closeListeners.clear();
    this.#stream.write(callPacket(farewell, undefined, this.#nextSerial()));
    this.#lose('connection was closed');
  }

  #nextSerial(): number {
    do this.#serial = (this.#serial % 0xffff_ffff) + 1;
    while (this.#calls.has(this.#serial) || this.#streams.has(this.#serial));
    return this.#serial;
  }

  /** Resolves when the socket takes more; never, where it is lost meanwhile. */
  #write(packet: Buffer): Promise<void> {
    if (this.#closed || this.#stream.write(packet)) return Promise.resolve();
    this.#drained ??= new Promise((resolve) => {
      this.#stream.once('drain', () => {
        this.#drained = undefined;
        resolve();
      });
    });
    return this.#drained;
  }

  #receive(chunk: Buffer): void {
    this.#keepalive.heard();
    try {
      this.#framer.push(chunk, (buffer) => {
        if (!this.#closed) this.#dispatch(decodePacket(buffer));
      });
    } catch (error) {
      this.#lose('broke the protocol', AttituneError.from(error, 'protocol', this.#peer));
    }
  }

  #dispatch(packet: Packet): void {
    const { header, payload } = packet;
    if (header.program === KEEPALIVE_PROGRAM) {
      if (header.procedure === KEEPALIVE_PROC_PING) this.#stream.write(keepalivePacket(KEEPALIVE_PROC_PONG));
    } else if (header.type === virNetMessageType.VIR_NET_MESSAGE) {
      for (const reception of [...(this.#receptions.get(`${header.program}/${header.procedure}`) ?? [])]) {
        reception(payload.fork());
      }
    } else if (header.type === virNetMessageType.VIR_NET_STREAM) {
      this.#streamOf(packet).receive(packet);
    } else if (header.type === virNetMessageType.VIR_NET_REPLY) {
      const call = this.#calls.get(header.serial);
      if (!call) {
        this.#streamOf(packet).receive(packet);
        return;
      }
      call.settle(packet);
      this.#calls.delete(header.serial);
      this.#gate.leave(call.lane);
    } else {
      throw malformed(`a packet of type ${header.type}, which nobody asked for`);
    }
  }

  #streamOf({ header }: Packet): OutgoingStream {
    const stream = this.#streams.get(header.serial);
    if (stream) return stream;
    throw malformed(`a packet in reply to call ${header.serial}, which was not made`);
  }

  #lose(what: string, cause?: Error): void {
    if (this.#closed) return;
    const reason = new AttituneError('host-unreachable', `${this.#peer}: ${what}.`, cause ? { cause } : {});
    this.#closed = reason;
    this.#keepalive.stop();
    this.#stream.end(() => this.#stream.destroy());
    const failure = AttituneError.is(cause, 'protocol') ? cause : reason;
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of calls) call.fail(failure);
    for (const stream of this.#streams.values()) stream.fail(failure);
    this.#streams.clear();
    for (const listener of [...this.#closeListeners]) listener(reason);
  }
}

function callPacket<A, R>(procedure: Procedure<A, R>, args: A, serial: number): Buffer {
  const header = {
    program: procedure.program.number,
    version: procedure.program.version,
    procedure: procedure.number,
    type: virNetMessageType.VIR_NET_CALL,
    serial,
    status: virNetMessageStatus.VIR_NET_OK,
  };
  return encodePacket(header, procedure.args, args);
}

/** Reads a whole payload; what is left over breaks the protocol as much as what is missing. */
function readAll<T>(codec: Codec<T>, payload: XdrReader): T {
  const value = codec.read(payload);
  if (payload.remaining > 0) throw malformed(`${payload.remaining} bytes too many`);
  return value;
}
