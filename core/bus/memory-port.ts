import type { AttituneError } from '../model/errors.js';
import type { Member, MembershipChange } from '../model/member-bus.js';
import type { Channel, Frame } from './transport.js';

/** Somebody with whom the hub has, or had until a moment ago, a connection. */
export interface Port {
  readonly member: Member;
  connected: boolean;
  watching: boolean;
  /** How often its connection broke: each time has a grace of its own. */
  breaks: number;
  /** It is cut off on purpose, or dead: a restart of the hub does not bring it back. */
  state: 'here' | 'cut' | 'dead';
  readonly channels: Set<Channel>;
  readonly carried: { sent: number; received: number };
  /** When the last frame to each receiver is due: a later one is never earlier. */
  readonly lastDue: Map<Port, number>;
  frame(channel: Channel, frame: Frame, sender: string): void;
  members(members: readonly Member[]): void;
  changed(change: MembershipChange): void;
  undeliverable(to: string, id: string): void;
  connection(reason: AttituneError | undefined): void;
}

/** A hub in memory, as the transports of its members use it. */
export interface PortHost {
  readonly byReference: boolean;
  /** Throws `name-taken`, and `bus` where the hub is not there. */
  join(port: Port): void;
  leave(port: Port, kind: 'left' | 'failed', why?: string): void;
  listen(port: Port, channel: Channel): void;
  unlisten(port: Port, channel: Channel): void;
  watch(port: Port): void;
  send(from: Port, frame: Frame): void;
}
