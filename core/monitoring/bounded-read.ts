import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';

/** Something that is read from the world. The signal is aborted when nobody waits for the answer any more. */
export type Read<T> = (signal: AbortSignal) => Promise<T>;

/** A read that ignores its cut-off is waited for this long before the next one is tried. */
const GIVE_UP_MS = 30_000;

/**
 * Reads within `limitMs`. A read that takes longer is told so by its signal and left alone: its answer, should it still
 * come, is dropped. Rejects with `operation-timeout`, with the reason of `signal`, or as the read does.
 */
export async function boundedRead<T>(read: Read<T>, limitMs: number, clock: Clock, signal?: AbortSignal): Promise<T> {
  const cutOff = new AbortController();
  const onStop = () => cutOff.abort(signal?.reason);
  if (signal?.aborted === true) onStop();
  signal?.addEventListener('abort', onStop, { once: true });
  const timer = clock.setTimeout(() => {
    cutOff.abort(new AttituneError('operation-timeout', `It took longer than ${limitMs} ms.`));
  }, limitMs);
  try {
    return await Promise.race([aborted(cutOff.signal), read(cutOff.signal)]);
  } finally {
    clock.clearTimeout(timer);
    signal?.removeEventListener('abort', onStop);
  }
}

/**
 * The same read, which refuses with `operation-timeout` while the one before it has not ended, cut off or not: what hangs
 * is not begun over and over.
 */
export function oneAtATime<T>(read: Read<T>, clock: Clock): Read<T> {
  let since: number | undefined;
  return async (signal) => {
    const beganAt = clock.now();
    if (since !== undefined && Math.abs(beganAt - since) < GIVE_UP_MS) {
      throw new AttituneError('operation-timeout', 'The read before this one has not ended yet.');
    }
    since = beganAt;
    try {
      return await read(signal);
    } finally {
      if (since === beganAt) since = undefined;
    }
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
