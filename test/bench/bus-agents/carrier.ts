import { NatsTransport } from '../../../core/bus/nats/index.js';
import type { Transport } from '../../../core/bus/transport.js';
import { WebSocketHub } from '../../../core/bus/websocket/hub.js';
import { WebSocketTransport } from '../../../core/bus/websocket/transport.js';
import type { Clock } from '../../../core/model/clock.js';
import type { Random } from '../../../core/model/random.js';
import type { CarrierPlan } from './messages.js';

/** A hub within the manager's process, and the way of the manager itself to it. */
export interface BenchHub {
  readonly address: string;
  readonly transport: Transport;
  close(): Promise<void>;
}

export function openTransport({ carrier, address, credentials }: CarrierPlan, clock: Clock, random: Random): Transport {
  const secured = credentials && { credentials };
  return carrier === 'nats'
    ? new NatsTransport({ servers: [address], clock, ...secured })
    : new WebSocketTransport({ url: address, clock, random, ...secured });
}

export async function openHub({ credentials }: CarrierPlan, clock: Clock): Promise<BenchHub> {
  const hub = new WebSocketHub({ clock });
  const { url } = await hub.listen('127.0.0.1', 0, credentials);
  return { address: url, transport: hub.localTransport(), close: () => hub.close() };
}
