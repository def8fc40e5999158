import { AttituneError } from '../model/errors.js';
import type { Member } from '../model/member-bus.js';
import type { Port, PortHost } from './memory-port.js';
import type { Channel, Frame, Transport, TransportHandlers } from './transport.js';

/** The way of one member to a `MemoryHub`. */
export class MemoryTransport implements Transport {
  readonly #hub: PortHost;
  #port: Port | undefined;
  #closed = false;

  constructor(hub: PortHost) {
    this.#hub = hub;
  }

  get byReference(): boolean {
    return this.#hub.byReference;
  }
  get connected(): boolean {
    return this.#port?.connected === true;
  }

  open(member: Member, handlers: TransportHandlers): Promise<void> {
    try {
      const port = this.#portFor(member, handlers);
      this.#hub.join(port);
      this.#port = port;
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(AttituneError.from(error));
    }
  }

  listen(channel: Channel): void {
    if (this.#port && !this.#closed) this.#hub.listen(this.#port, channel);
  }
  unlisten(channel: Channel): void {
    if (this.#port) this.#hub.unlisten(this.#port, channel);
  }
  watch(): void {
    if (this.#port && !this.#port.watching) this.#hub.watch(this.#port);
  }
  send(frame: Frame): void {
    if (this.#port) this.#hub.send(this.#port, frame);
  }

  close(): Promise<void> {
    this.#closed = true;
    if (this.#port) this.#hub.leave(this.#port, 'left');
    return Promise.resolve();
  }

  #portFor(member: Member, handlers: TransportHandlers): Port {
    const onFrame: Port['frame'] = (channel, { text, envelope }, sender) =>
      envelope ? handlers.onEnvelope(channel, envelope, sender) : handlers.onFrame(channel, text, sender);
    return {
      member,
      connected: false,
      watching: false,
      breaks: 0,
      state: 'here',
      channels: new Set(),
      carried: { sent: 0, received: 0 },
      lastDue: new Map(),
      frame: onFrame,
      members: handlers.onMembers,
      changed: handlers.onMembership,
      undeliverable: handlers.onUndeliverable,
      connection: (reason) => handlers.onConnection(reason ? { connected: false, reason } : { connected: true }),
    };
  }
}
