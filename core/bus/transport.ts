import type { BusConnection, Member, MembershipChange } from '../model/member-bus.js';

/**
 * What carries frames between the members of a bus: in memory, over a WebSocket hub, over NATS. It knows names and
 * channels and nothing of what is in a frame; `BusMember` (`member.ts`) makes a `MemberBus` of it, with all checks.
 */
export interface Transport {
  /**
   * Joins under the member's name and begins to call the handlers. Rejects with `name-taken`, `certificate`,
   * `protocol`, `bus`. Once open it connects again by itself whenever the way is lost.
   */
  open(member: Member, handlers: TransportHandlers): Promise<void>;
  readonly connected: boolean;
  /** From now on frames of that channel that everybody may hear come here. Idempotent, kept over reconnections. */
  listen(channel: Channel): void;
  unlisten(channel: Channel): void;
  /** From now on changes of membership come here, beginning with `joined` for each that is there. */
  watch(): void;
  /** Sends in order, without waiting; called only while {@link connected}. A frame for oneself comes back like others'. */
  send(frame: Frame): void;
  /** Says good-bye and ends; idempotent. */
  close(): Promise<void>;
}

/** `t:TOPIC` for what is told, `q:QUESTION` for what is asked of everybody; answers and what has an addressee need no listening. */
export type Channel = `t:${string}` | `q:${string}` | 'answer';

export interface Frame {
  readonly channel: Channel;
  /** Absent: everybody who listens to the channel, but not the sender. */
  readonly to?: string;
  readonly text: string;
}

export interface TransportHandlers {
  /** `sender`: the name that the carrier vouches for, by certificate or connection; absent where it cannot. */
  readonly onFrame: (channel: Channel, text: string, sender: string | undefined) => void;
  readonly onMembership: (change: MembershipChange) => void;
  readonly onConnection: (change: BusConnection) => void;
  /** Nobody of that name is there: what was sent to it was for nothing. Optional knowledge of a carrier. */
  readonly onUndeliverable?: (to: string, text: string) => void;
}
