import type { Bus, Topic, Topics } from './bus.js';
import type { Subscription } from './hypervisor.js';
import type { Question, Questions } from './messages.js';

/**
 * A bus that reaches across processes and machines, as one of its members sees it: the manager, an agent, a command.
 * Implementations in `core/bus`: in memory, over a WebSocket hub, over NATS; all pass `test/contract/member-bus.contract.ts`.
 *
 * What is published reaches the listeners of the same member before `publish` returns, and those of other members in
 * the order in which this one published. What arrives is checked before any listener hears it: its size, its sender, its
 * age, that it is not a repetition, and its form; what fails is counted ({@link MemberBus.counts}) and dropped.
 */
export interface MemberBus extends Bus {
  /** Unique on the bus; where there are certificates, the one in its own. */
  readonly name: string;
  /** Itself, as the others see it. */
  readonly member: Member;
  readonly connected: boolean;
  readonly counts: BusCounts;

  /** `to`: only that member hears it (its own name: only its own listeners); absent: everybody who subscribed. */
  publish<T extends Topic>(topic: T, message: Topics[T], to?: string): void;
  subscribe<T extends Topic>(topic: T, listener: (message: Topics[T], from: string) => void): Subscription;

  /**
   * Asks one member. Rejects with `no-answer` after `timeoutMs` or where it is not there, `cancelled`, or what the other
   * one rejected with (code and message).
   */
  request<Q extends Question>(
    to: string,
    question: Q,
    body: Questions[Q]['asks'],
    options: RequestOptions,
  ): Promise<Questions[Q]['answers']>;
  /** Asks everybody who responds to the question; resolves at the deadline, or once `atMost` have answered. Refusals are left out. */
  requestMany<Q extends Question>(
    question: Q,
    body: Questions[Q]['asks'],
    options: RequestOptions & { readonly atMost?: number },
  ): Promise<readonly { readonly from: string; readonly answer: Questions[Q]['answers'] }[]>;
  /** One responder for each question and member. Throws `duplicate-name` for a second one. */
  respond<Q extends Question>(
    question: Q,
    responder: (body: Questions[Q]['asks'], from: string) => Questions[Q]['answers'] | Promise<Questions[Q]['answers']>,
  ): Subscription;

  /** Who is on the bus, itself included, and from now on who comes and goes: `joined` for each that is there, then changes. */
  onMembership(listener: (change: MembershipChange) => void): Subscription;
  /** The way to the others was lost, or is there again. What was published meanwhile waits, up to a bound; see `counts`. */
  onConnection(listener: (change: BusConnection) => void): Subscription;
  /** Leaves in order: the others see `left`. Idempotent. */
  close(): Promise<void>;
}

export interface RequestOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

export interface Member {
  readonly name: string;
  /** `agent`, `manager`, `client`, or what it called itself. */
  readonly role: string;
  /** Of this life of the member: another one after it was begun anew. */
  readonly incarnation: string;
}

/** `failed`: it was gone without a word, or silent for too long. */
export interface MembershipChange {
  readonly kind: 'joined' | 'left' | 'failed';
  readonly member: Member;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly why?: string;
}

export type BusConnection = { readonly connected: true } | { readonly connected: false; readonly reason: Error };

/** What a member sent and received since it joined, and what it dropped, by reason. */
export interface BusCounts {
  readonly sent: number;
  readonly received: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** The last of each kind, for whoever looks for the cause. */
  readonly lastDropped: Readonly<Partial<Record<DropReason, DroppedMessage>>>;
}

/**
 * `malformed`: no message of ours, or not of its topic's form. `oversized`: above {@link MAX_MESSAGE_BYTES}. `forged`: the
 * sender that it names is not the one whose certificate or connection it came by. `replayed`: it was received before.
 * `skewed`: it was sent at another time than now, so the sender's clock is off, or somebody kept it. `buffer`: it was
 * published while there was no connection, and there was no room left for it.
 */
export type DropReason = 'malformed' | 'oversized' | 'forged' | 'replayed' | 'skewed' | 'buffer';

export interface DroppedMessage {
  readonly at: number;
  /** The member that it came from, as far as known. */
  readonly from?: string;
  readonly why: string;
}

/** The longest message, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
/** How far the clocks of two members may be apart before their messages are refused. */
export const MAX_SKEW_MS = 30_000;
