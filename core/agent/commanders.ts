import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { MemberBus } from '../model/member-bus.js';
import { MemberDirectory } from './member-directory.js';
import type { Troubles } from './troubles.js';

/** The news of a member that has just joined may come after what it asks. */
const JOINING_MS = 2000;

/**
 * Who may give commands to this agent. Where names are given: the members of those names, which with certificates are the
 * names in theirs. Where none are: any member of role `manager`, for which the bus vouches: who is one has a client's
 * certificate, or the token of a bus on this machine. Those who may not are refused, counted and told of.
 */
export class Commanders {
  #refused = 0;

  constructor(
    private readonly bus: MemberBus,
    private readonly clock: Clock,
    private readonly managers: readonly string[] | undefined,
    private readonly troubles: Troubles,
  ) {}

  get refused(): number {
    return this.#refused;
  }

  /** Rejects with `not-permitted`. */
  async check(from: string): Promise<void> {
    if (from === this.bus.name || (await this.#may(from))) return;
    this.#refused += 1;
    this.troubles.set('refused', `${this.#refused} commands were refused, the last one of ${from}.`);
    const who = this.managers === undefined ? 'a manager' : this.managers.join(' or ') || 'nobody';
    throw new AttituneError(
      'not-permitted',
      `The agent ${this.bus.name} takes commands of ${who} only, and not of ${from}. Start it with --managers to change that.`,
    );
  }

  /** The members are followed only where their roles decide: each of many agents would else hear of all others. */
  async #may(from: string): Promise<boolean> {
    if (this.managers !== undefined) return this.managers.includes(from);
    const member = await MemberDirectory.of(this.bus).wait(from, JOINING_MS, this.clock);
    return member?.role === 'manager';
  }
}
