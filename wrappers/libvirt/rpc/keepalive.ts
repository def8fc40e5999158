/**
 * The keepalive program of libvirt: either side asks with a ping, the other answers with a pong.
 * Source of the numbers: libvirt's `src/rpc/virkeepaliveprotocol.x`.
 */
import type { Clock, TimerHandle } from '../../../core/model/clock.js';
import { encodePacket, virNetMessageStatus, virNetMessageType } from './packet.js';
import { nothing } from './xdr.js';

export const KEEPALIVE_PROGRAM = 0x6b656570;
export const KEEPALIVE_PROTOCOL_VERSION = 1;
export const KEEPALIVE_PROC_PING = 1;
export const KEEPALIVE_PROC_PONG = 2;

/** When a silent peer is asked, and after how many unanswered pings it counts as lost. */
export interface KeepaliveOptions {
  readonly intervalMs: number;
  readonly count: number;
}

/** A ping or pong, ready to be sent. */
export function keepalivePacket(procedure: number) {
  const header = {
    program: KEEPALIVE_PROGRAM,
    version: KEEPALIVE_PROTOCOL_VERSION,
    procedure,
    type: virNetMessageType.VIR_NET_MESSAGE,
    serial: 0,
    status: virNetMessageStatus.VIR_NET_OK,
  };
  return encodePacket(header, nothing, undefined);
}

/** Pings while nothing arrives, and gives up after `count` pings without an answer. */
export class KeepaliveTimer {
  readonly #clock: Clock;
  readonly #options: KeepaliveOptions;
  readonly #ping: () => void;
  readonly #giveUp: (silentMs: number) => void;
  #timer: TimerHandle;
  #unanswered = 0;
  #heard = false;

  constructor(clock: Clock, options: KeepaliveOptions, ping: () => void, giveUp: (silentMs: number) => void) {
    this.#clock = clock;
    this.#options = options;
    this.#ping = ping;
    this.#giveUp = giveUp;
    this.#arm();
  }

  /** To be called whenever anything arrives. */
  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => this.#tick(), this.#options.intervalMs);
  }

  #tick(): void {
    if (this.#heard) this.#unanswered = 0;
    this.#heard = false;
    if (this.#unanswered >= this.#options.count) {
      this.#giveUp((this.#unanswered + 1) * this.#options.intervalMs);
      return;
    }
    this.#arm();
    this.#unanswered += 1;
    this.#ping();
  }
}
