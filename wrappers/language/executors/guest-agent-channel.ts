import type { Clock } from '../../../core/model/clock.js';
import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';

/** Errors that a domain on its way to another host may cause for a moment. */
const PASSING = new Set(['guest-agent', 'host-unreachable', 'domain-not-found', 'domain-state']);
const CALL_TIMEOUT_MS = 15_000;
const PAUSE_MS = 200;

/** How an agent's call ended when it did not end well. */
export type CallFailure = 'undelivered' | 'refused' | 'unanswered';

/**
 * Calls of the QEMU guest agent of one domain, wherever it is. The host is asked at each call. A call that fails
 * because the domain just moved is made again on the new host: always where the call surely did not reach the guest,
 * else only where it may be repeated.
 */
export class GuestAgentChannel {
  constructor(
    readonly domain: string,
    private readonly host: () => HostAccess,
    private readonly clock: Clock,
    private readonly patienceMs: number,
  ) {}

  async call<T>(execute: string, args: Readonly<Record<string, unknown>>, repeatable: boolean): Promise<T> {
    const until = this.clock.now() + this.patienceMs;
    let unanswered = false;
    for (;;) {
      const host = this.host();
      try {
        return (await host.hypervisor.guestAgent(this.domain, { execute, arguments: args }, CALL_TIMEOUT_MS)) as T;
      } catch (error) {
        const failure = failureOf(error);
        if (failure === 'refused' && unanswered) throw this.#lost(execute, host.name, error);
        const again = failure === 'undelivered' || (failure === 'unanswered' && repeatable);
        if (!again || this.clock.now() >= until) throw this.#told(execute, host.name, error);
        unanswered ||= failure === 'unanswered';
      }
      await delay(this.clock, PAUSE_MS);
    }
  }

  #told(execute: string, host: string, error: unknown): AttituneError {
    const known = AttituneError.from(error, 'guest-agent');
    const text = `${execute} in ${this.domain} on ${host}: ${known.message}`;
    return new AttituneError(known.code, text, { cause: error, details: known.details });
  }

  #lost(execute: string, host: string, error: unknown): AttituneError {
    const text = `The answer of ${execute} in ${this.domain} was lost, probably while it moved to ${host}.`;
    return new AttituneError('guest-agent', text, { cause: error, details: { answerLost: true } });
  }
}

/** libvirt's codes for what the agent itself refused: internal error, and agent command failed (newer versions). */
const REFUSALS: ReadonlySet<unknown> = new Set([1, 113]);

/** Sorts a rejection of `Hypervisor.guestAgent`. */
export function failureOf(error: unknown): CallFailure {
  if (!(error instanceof AttituneError)) return 'refused';
  if (error.code === 'domain-not-found' || error.code === 'domain-state') return 'undelivered';
  if (!PASSING.has(error.code)) return 'refused';
  if (/not connected/i.test(error.message)) return 'undelivered';
  const refused =
    REFUSALS.has(error.details['libvirtCode']) || /unable to execute QEMU agent command/i.test(error.message);
  return refused ? 'refused' : 'unanswered';
}
