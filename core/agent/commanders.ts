import type { Clock } from '../model/clock.js';
import { AttituneError } from '../model/errors.js';
import type { Member, MemberBus } from '../model/member-bus.js';
import { MemberDirectory } from './member-directory.js';
import type { Troubles } from './troubles.js';

/** The news of a member that has just joined may come after what it asks. */
const JOINING_MS = 2000;
const COMMANDING_ROLES: readonly string[] = ['manager', 'client'];

/**
 * Whether a member may give commands. Where names are given: one of those, as a manager or a client, never an agent
 * under a stolen name. Where none are: any member of role `manager`; who may join at all is then what decides, which is
 * who has a certificate, or is on this machine.
 */
export function mayCommand(member: Member | undefined, managers: readonly string[] | undefined): boolean {
  if (!member) return false;
  return managers === undefined
    ? member.role === 'manager'
    : managers.includes(member.name) && COMMANDING_ROLES.includes(member.role);
}

/** Who may give commands to this agent; those who may not are refused, counted and told of. */
export class Commanders {
  readonly #directory: MemberDirectory;
  #refused = 0;

  constructor(
    private readonly bus: MemberBus,
    private readonly clock: Clock,
    private readonly managers: readonly string[] | undefined,
    private readonly troubles: Troubles,
  ) {
    this.#directory = MemberDirectory.of(bus);
  }

  get refused(): number {
    return this.#refused;
  }

  /** Rejects with `not-permitted`. */
  async check(from: string): Promise<void> {
    if (from === this.bus.name) return;
    if (mayCommand(await this.#directory.wait(from, JOINING_MS, this.clock), this.managers)) return;
    this.#refused += 1;
    this.troubles.set('refused', `${this.#refused} commands were refused, the last one of ${from}.`);
    const who = this.managers === undefined ? 'a manager' : this.managers.join(' or ') || 'nobody';
    throw new AttituneError(
      'not-permitted',
      `The agent ${this.bus.name} takes commands of ${who} only, and not of ${from}. Start it with --managers to change that.`,
    );
  }
}
