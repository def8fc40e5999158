import { setMaxListeners } from 'node:events';
import type { Clock, TimerHandle } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';

/** The parameter that every operation of a wrapper takes: how long this one call may take, such as `30 s`. */
export const TIMEOUT_PARAMETER = 'timeout';

/** How long an operation may take to stop after it was told to, before it is left alone. */
const GRACE_MS = 20_000;

/**
 * Runs an operation under a time-out. Its signal is aborted by the time-out or by the caller's; it then has a grace
 * period to end properly (a migration to be called off) before this rejects with `operation-timeout` or the abort's reason.
 * Where the grace period runs out too, the error's details have `abandoned: true`: what it does is not known any more.
 */
export async function withTimeout<T>(
  clock: Clock,
  what: string,
  timeoutMs: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  let grace: TimerHandle;
  const timer = clock.setTimeout(() => {
    controller.abort(
      new AttituneError('operation-timeout', `${what} did not end within ${timeoutMs / 1000} s; it was given up.`),
    );
  }, timeoutMs);
  const onAbort = () => controller.abort(AttituneError.from(signal.reason, 'cancelled', what));
  // as many listen to a caller's signal as it has components: that is no leak
  setMaxListeners(0, signal);
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  const givenUp = new Promise<never>((_, reject) => {
    const startGrace = () => {
      grace = clock.setTimeout(() => {
        const reason = AttituneError.from(controller.signal.reason, 'cancelled', what);
        const message = `${reason.message} It did not stop either within ${GRACE_MS / 1000} s after it was told to, so what it does is not known.`;
        reject(new AttituneError(reason.code, message, { cause: reason, details: { abandoned: true } }));
      }, GRACE_MS);
    };
    if (controller.signal.aborted) startGrace();
    else controller.signal.addEventListener('abort', startGrace, { once: true });
  });
  try {
    return await Promise.race([run(controller.signal), givenUp]);
  } catch (error) {
    // the reason that it was stopped for says more than how it took it
    const reason: unknown = controller.signal.reason;
    if (AttituneError.is(reason, 'operation-timeout') && !AttituneError.is(error, 'operation-timeout')) {
      throw new AttituneError(reason.code, reason.message, { cause: error });
    }
    throw error;
  } finally {
    clock.clearTimeout(timer);
    clock.clearTimeout(grace);
    signal.removeEventListener('abort', onAbort);
  }
}
