import { setTimeout as wait } from 'node:timers/promises';
import type { AdministrationEvent } from '../../core/model/administration.js';
import type { BusMember, BusMemberOptions } from '../../core/bus/member.js';
import type { Envelope } from '../../core/bus/envelope.js';
import type { Channel } from '../../core/bus/transport.js';
import { SystemClock, type Clock, type SimulatedClock } from '../../core/model/clock.js';

export type MemberSettings = Partial<Pick<BusMemberOptions, 'clock' | 'outbox' | 'onError' | 'role'>>;

/** A member that keeps no rules: it says what it is told to. */
export interface RawMember {
  readonly name: string;
  /** Sends the text by the channel, to one member or to all who listen. */
  send(channel: Channel, text: string, to?: string): void;
  close(): Promise<void>;
}

/** A bus under test with all that can be done to it; `close` ends everything, also after a failure. */
export interface MemberBusWorld {
  readonly clock: Clock;
  now(): number;
  /** Lets time pass until something is seen; rejects where it is not seen within a few seconds. */
  until(look: () => boolean, what: string): Promise<void>;
  /** Lets so much time pass. */
  pass(ms: number): Promise<void>;
  /** Runs to the end of a promise, time passing. */
  ends<T>(promise: Promise<T>): Promise<T>;
  /** How long a member may be away before it has failed. */
  readonly graceMs: number;
  member(name: string, settings?: MemberSettings): Promise<BusMember>;
  /** Joins as `name` beside the members. */
  raw(name: string): Promise<RawMember>;
  /** Messages that were refused on their way, before any member heard them. */
  refusedOnTheWay(): number;
  /** The way of one member breaks, and stays broken until `mend`. */
  cut(name: string): void;
  mend(name: string): void;
  /** It dies without a word. */
  kill(name: string): void;
  /** What carries the messages ends, and begins anew after a moment. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export type MemberBusFactory = () => Promise<MemberBusWorld>;

/** Real time. */
export const REAL_TIME = {
  clock: new SystemClock(),
  now: () => Date.now(),
  until: async (look: () => boolean, what: string) => {
    const deadline = performance.now() + 15_000;
    while (!look()) {
      if (performance.now() > deadline) throw new Error(`it was not seen: ${what}`);
      await wait(5);
    }
  },
  pass: (ms: number): Promise<void> => wait(ms),
  ends: <T>(promise: Promise<T>) => promise,
};

/** Time of a simulated clock. */
export function simulatedTime(clock: SimulatedClock) {
  return {
    clock,
    now: () => clock.now(),
    until: async (look: () => boolean, what: string) => {
      for (let rounds = 0; !look(); rounds += 1) {
        if (rounds > 3000) throw new Error(`it was not seen: ${what}`);
        await clock.advance(10);
      }
    },
    pass: (ms: number) => clock.advance(ms),
    ends: <T>(promise: Promise<T>) => clock.runUntil(promise),
  };
}

export function event(id: number, why = `test event ${id}`): AdministrationEvent {
  return { id, name: 'overloaded', component: 'host1', at: 1000 + id, why };
}

/** The text of a message as `from` would send it, with whatever is to be wrong with it. */
export function messageText(from: string, at: number, wrong: Partial<Record<keyof Envelope, unknown>> = {}): string {
  return JSON.stringify({
    v: 1,
    from,
    inc: '0aaaaaaaa-raw',
    seq: 1,
    at,
    kind: 'tell',
    name: 'event',
    body: event(1),
    ...wrong,
  });
}
