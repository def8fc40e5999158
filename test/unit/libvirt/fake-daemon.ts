import { Duplex } from 'node:stream';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Infer } from '../../../wrappers/libvirt/rpc/xdr.js';
import { KEEPALIVE_PROGRAM } from '../../../wrappers/libvirt/rpc/keepalive.js';
import { PacketFramer, decodePacket, encodePacket } from '../../../wrappers/libvirt/rpc/packet.js';
import type { Packet } from '../../../wrappers/libvirt/rpc/packet.js';
import type { EventMessage, Procedure } from '../../../wrappers/libvirt/rpc/procedure.js';
import { remoteError } from '../../../wrappers/libvirt/rpc/remote-types.js';
import { RpcConnection } from '../../../wrappers/libvirt/rpc/connection.js';
import type { ConnectionOptions } from '../../../wrappers/libvirt/rpc/connection.js';

/** The other end of a connection: what a test says is what the daemon says. */
export class FakeDaemon {
  readonly clock = new SimulatedClock();
  readonly stream: Duplex;
  readonly connection: RpcConnection;
  /** Calls that arrived and were not answered yet. */
  readonly calls: Packet[] = [];
  /** Numbers of the keepalive procedures that arrived. */
  readonly keepalive: number[] = [];
  readonly #framer = new PacketFramer();

  constructor(options: Partial<ConnectionOptions> = {}) {
    this.stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.#framer.push(chunk, (packet) => this.#take(decodePacket(packet)));
        done();
      },
    });
    this.connection = new RpcConnection(this.stream, { clock: this.clock, peer: 'host1', ...options });
  }

  #take(packet: Packet): void {
    if (packet.header.program === KEEPALIVE_PROGRAM) this.keepalive.push(packet.header.procedure);
    else this.calls.push(packet);
  }

  /** Sends bytes as they are. */
  async send(...chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) this.stream.push(chunk);
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The packet of a reply to the call that waits longest. */
  reply<A, R>(procedure: Procedure<A, R>, result: R): Buffer {
    const call = this.calls.shift();
    if (!call) throw new Error('no call waits');
    return encodePacket({ ...call.header, type: 1, status: 0 }, procedure.result, result);
  }

  /** The packet of an error in reply to the call that waits longest. */
  error(code: number, message: string): Buffer {
    const call = this.calls.shift();
    if (!call) throw new Error('no call waits');
    const error: Infer<typeof remoteError> = {
      code,
      domain: 10,
      message,
      level: 2,
      dom: undefined,
      str1: undefined,
      str2: undefined,
      str3: undefined,
      int1: 0,
      int2: 0,
      net: undefined,
    };
    return encodePacket({ ...call.header, type: 1, status: 1 }, remoteError, error);
  }

  /** The packet of an event. */
  event<M>(event: EventMessage<M>, message: M): Buffer {
    const { number: program, version } = event.program;
    const header = { program, version, procedure: event.number, type: 2, serial: 0, status: 0 };
    return encodePacket(header, event.message, message);
  }
}
