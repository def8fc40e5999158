import { delay, type Clock } from '../../model/clock.js';
import { AttituneError, type ErrorCode } from '../../model/errors.js';
import type { MemberBus } from '../../model/member-bus.js';

/** Pauses between attempts, in milliseconds; the last one is repeated. */
const PAUSES_MS = [500, 1000, 2000, 5000];
/** A member that died may keep its name for a while; after that somebody else really has it. */
const NAME_TAKEN_MS = 60_000;

/** What may be over soon, and for how long it is waited for. */
const WAITED_FOR: Readonly<Partial<Record<ErrorCode, number>>> = {
  bus: Infinity,
  'host-unreachable': Infinity,
  'name-taken': NAME_TAKEN_MS,
};

/**
 * Joins as soon as the bus is there: what runs on every machine starts before what they all join. Says once for each
 * reason that it waits. Rejects with what waiting cannot cure, such as `certificate`.
 */
export async function waitForBus(
  open: () => Promise<MemberBus>,
  clock: Clock,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<MemberBus> {
  const told = new Set<ErrorCode>();
  const beganAt = clock.now();
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted();
    try {
      return await open();
    } catch (error) {
      if (!AttituneError.is(error)) throw error;
      const forMs = WAITED_FOR[error.code];
      if (forMs === undefined || clock.now() - beganAt > forMs) throw error;
      if (!told.has(error.code)) say(`${error.message} Waiting for it.`);
      told.add(error.code);
    }
    await delay(clock, PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)] as number, signal);
  }
}
