import { delay, type Clock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import { domainState } from './domain-life.js';

const PAUSE_MS = 250;
const CALL_MS = 5000;

/**
 * Resolves when the guest agent of a domain that was started answers. Rejects with `domain-died` where the domain stops,
 * `guest-agent` where the agent is silent for `withinMs`, and with the signal's reason.
 */
export async function guestAnswers(
  host: HostAccess,
  name: string,
  { clock, withinMs, signal }: { readonly clock: Clock; readonly withinMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const until = clock.now() + withinMs;
  for (;;) {
    signal.throwIfAborted();
    const error = await host.hypervisor.guestAgent(name, { execute: 'guest-ping' }, CALL_MS).then(
      () => undefined,
      (reason: unknown) => AttituneError.from(reason, 'guest-agent'),
    );
    if (!error) return;
    if (error.code === 'host-unreachable') throw error;
    if ((await domainState(host, name)) === undefined) {
      throw new AttituneError(
        'domain-died',
        `${name} stopped on ${host.name} while it started. Look at its console log.`,
        { cause: error },
      );
    }
    if (clock.now() >= until) {
      throw new AttituneError(
        'guest-agent',
        `The guest agent of ${name} on ${host.name} does not answer within ${withinMs / 1000} s: ${error.message}`,
        { cause: error },
      );
    }
    await delay(clock, PAUSE_MS, signal);
  }
}
