import type { BusConnection, Member, MembershipChange } from '../model/member-bus.js';
import type { Envelope } from './envelope.js';

/**
 * What carries frames between the members of a bus: in memory, over a WebSocket hub, over NATS. It knows names and
 * channels and nothing of what is in a frame; `BusMember` (`member.ts`) makes a `MemberBus` of it, with all checks.
 * A frame arrives once or, where the way was just lost, not at all; what one member sends to another arrives in order.
 */
export interface Transport {
  /**
   * True for a carrier within one process that hands over {@link Frame.envelope} as it is, without any text: frames then
   * have an empty `text`, and arrive by `onEnvelope`.
   */
  readonly byReference?: boolean;
  /**
   * Joins under the member's name and begins to call the handlers. Rejects with `name-taken`, `certificate`,
   * `protocol`, `bus`. Once open it connects again by itself whenever the way is lost; a refusal then is no end either.
   */
  open(member: Member, handlers: TransportHandlers): Promise<void>;
  readonly connected: boolean;
  /** From now on frames of that channel that everybody may hear come here. Idempotent, kept over reconnections. */
  listen(channel: Channel): void;
  unlisten(channel: Channel): void;
  /**
   * From now on who is there comes here: all of them by `onMembers`, soon and again after each reconnection, and every
   * change in between by `onMembership`. Idempotent.
   */
  watch(): void;
  /** Sends in order, without waiting; called only while {@link connected}. Never called with a frame for oneself. */
  send(frame: Frame): void;
  /** Says good-bye and ends; what was sent before is delivered. Idempotent. */
  close(): Promise<void>;
}

/** `t:TOPIC` for what is told, `q:QUESTION` for what is asked; answers and what has an addressee need no listening. */
export type Channel = `t:${string}` | `q:${string}` | 'answer';

export interface Frame {
  readonly channel: Channel;
  /** Absent: everybody who listens to the channel, but not the sender. */
  readonly to?: string;
  /** Of a question with an addressee: what `onUndeliverable` tells where nobody of that name is there. At most 32 characters. */
  readonly id?: string;
  /** At most `MAX_MESSAGE_BYTES` of UTF-8, without line breaks. */
  readonly text: string;
  /** Only where the carrier is {@link Transport.byReference}. */
  readonly envelope?: Envelope;
}

export interface TransportHandlers {
  /** `sender`: the name that the carrier vouches for, by certificate or connection; absent where it cannot. */
  readonly onFrame: (channel: Channel, text: string, sender: string | undefined) => void;
  /** A frame of a carrier {@link Transport.byReference}. */
  readonly onEnvelope: (channel: Channel, envelope: Envelope, sender: string | undefined) => void;
  /** Everybody who is there now, oneself included or not. Who is missing is told as failed, after a grace. */
  readonly onMembers: (members: readonly Member[]) => void;
  readonly onMembership: (change: MembershipChange) => void;
  readonly onConnection: (change: BusConnection) => void;
  /** Nobody of that name is there: the question of that id was for nothing. Optional knowledge of a carrier. */
  readonly onUndeliverable: (to: string, id: string) => void;
  /** The carrier itself had to drop frames for this member, such as those that it did not fetch in time. */
  readonly onLost: (frames: number, why: string) => void;
}
