/** One back end of a balancer. */
export interface BalancerMember {
  readonly address: string;
  readonly port: number;
  /** Its name in the `X-Worker` header. */
  readonly route?: string;
  readonly factor?: number;
  /** How long it is left alone after it failed. */
  readonly retryMs?: number;
}

interface MemberState {
  readonly member: BalancerMember;
  readonly factor: number;
  status: number;
  retryAt: number;
}

/**
 * Chooses back ends in turn, by their factors, as mod_lbmethod_byrequests describes: each gains its factor, the one with
 * the most is chosen and pays the sum. A member that failed is left alone for a while, unless no other is left.
 */
export class Balancer {
  readonly #members: readonly MemberState[];

  constructor(members: readonly BalancerMember[]) {
    this.#members = members.map((member) => ({ member, factor: member.factor ?? 1, status: 0, retryAt: 0 }));
  }

  get members(): readonly BalancerMember[] {
    return this.#members.map(({ member }) => member);
  }

  /** The next member, other than those that this request tried; `undefined` if none is left. */
  choose(at: number, tried: ReadonlySet<BalancerMember>): BalancerMember | undefined {
    const left = this.#members.filter(({ member }) => !tried.has(member));
    const sound = left.filter(({ retryAt }) => retryAt <= at);
    const candidates = sound.length > 0 ? sound : left;
    let best: MemberState | undefined;
    let sum = 0;
    for (const candidate of candidates) {
      candidate.status += candidate.factor;
      sum += candidate.factor;
      if (!best || candidate.status > best.status) best = candidate;
    }
    if (best) best.status -= sum;
    return best?.member;
  }

  /** A member could not be reached, or broke off. */
  failed(member: BalancerMember, at: number): void {
    const state = this.#members.find((candidate) => candidate.member === member);
    if (state) state.retryAt = at + (member.retryMs ?? 60_000);
  }

  /** A member answered. */
  succeeded(member: BalancerMember): void {
    const state = this.#members.find((candidate) => candidate.member === member);
    if (state) state.retryAt = 0;
  }
}
