import type { Reading } from '../model/administration.js';
import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { ProbeTarget } from '../model/probe.js';
import { whyImpossible, type ReadOutcome } from './timed-read.js';

/** A reading is missing after so many periods, and what the way to here may take. */
const MISSING_PERIODS = 2;
const ON_THE_WAY_MS = 1000;

/** What is known of the readings of one component that another machine takes. */
export class SentReadings {
  #agent: string | undefined;
  #since = 0;

  constructor(
    private readonly target: ProbeTarget,
    private readonly everyMs: number,
    private readonly clock: Clock,
  ) {}

  /** Whether an agent measures it now. After a change of it, its time begins anew. */
  isExpected(): boolean {
    const agent = this.target.agent?.();
    if (agent !== this.#agent) {
      this.#agent = agent;
      this.#since = this.clock.now();
    }
    return agent !== undefined;
  }

  /** Whether that member's readings count now; that one came is noted. */
  accepts(from: string): boolean {
    if (!this.isExpected() || from !== this.#agent) return false;
    this.#since = this.clock.now();
    return true;
  }

  /** What a round without a reading comes to: nothing yet, or a failure. */
  missing(): ReadOutcome | undefined {
    const at = this.clock.now();
    if (at - this.#since <= MISSING_PERIODS * this.everyMs + ON_THE_WAY_MS) return undefined;
    const seconds = Math.round((at - this.#since) / 1000);
    const what = `The agent ${this.#agent ?? ''} has sent no reading for ${seconds} s. See 'attitune agents'.`;
    return { at, durationMs: 0, error: new AttituneError('no-answer', what) };
  }
}

/** A reading of an agent as if it had been read here. */
export function remoteOutcome(
  { value, failure, durationMs, unit: sent }: Reading,
  unit: string,
  at: number,
): ReadOutcome {
  const outcome = { at, durationMs };
  if (failure !== undefined) return { ...outcome, error: new AttituneError('operation-failed', failure) };
  if (sent !== unit)
    return { ...outcome, error: new AttituneError('protocol', `It came in "${sent}" instead of "${unit}".`) };
  if (value === undefined) return outcome;
  const impossible = whyImpossible(value, unit);
  return impossible ? { ...outcome, error: impossible } : { ...outcome, value };
}
