import type { Clock } from '../../model/clock.js';
import type { Subscription } from '../../model/hypervisor.js';
import type { MemberBus, MembershipChange } from '../../model/member-bus.js';
import type { Heartbeat } from '../../model/messages.js';
import { Refusals } from './refusals.js';

/** What is known of an agent: by membership, by its heartbeats, or by both. */
export interface KnownAgent {
  readonly name: string;
  /** What membership said of it last. */
  readonly membership?: MembershipChange;
  readonly heartbeat?: Heartbeat;
  /** When its last heartbeat came, by the clock of this machine. */
  readonly heardAt?: number;
}

/** The role of a member that is an agent. */
export const AGENT_ROLE = 'agent';

/** Who the agents on a bus are, as one member hears it; what they say of themselves is the latest of each. */
export class AgentDirectory {
  readonly #known = new Map<string, KnownAgent>();
  readonly #subscriptions: readonly Subscription[];
  readonly #heard = new Set<(heartbeat: Heartbeat) => void>();
  readonly #changed = new Set<(change: MembershipChange) => void>();

  constructor(
    readonly member: MemberBus,
    private readonly clock: Clock,
    /** What was refused on this member's behalf, besides what it counts itself. */
    readonly refusals = new Refusals(),
  ) {
    this.#subscriptions = [
      member.subscribe('agent.heartbeat', (heartbeat, from) => this.#hear(heartbeat, from)),
      member.onMembership((change) => this.#change(change)),
    ];
  }

  /** In the order of their names. */
  all(): readonly KnownAgent[] {
    return [...this.#known.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
  get(name: string): KnownAgent | undefined {
    return this.#known.get(name);
  }
  /** It is on the bus now, as far as membership tells. */
  isPresent(name: string): boolean {
    return this.#known.get(name)?.membership?.kind === 'joined';
  }

  onHeartbeat(listener: (heartbeat: Heartbeat) => void): Subscription {
    return added(this.#heard, listener);
  }
  /** Changes of agents only. */
  onMembership(listener: (change: MembershipChange) => void): Subscription {
    return added(this.#changed, listener);
  }
  /** Resolves once a heartbeat of each was heard, or after `withinMs`, with those that are still missing. */
  async heard(names: readonly string[], withinMs: number, signal: AbortSignal): Promise<readonly string[]> {
    const missing = () => names.filter((name) => this.#known.get(name)?.heardAt === undefined);
    if (missing().length === 0 || withinMs <= 0) return missing();
    await new Promise<void>((resolve) => {
      const end = () => {
        this.clock.clearTimeout(timer);
        subscription.unsubscribe();
        signal.removeEventListener('abort', end);
        resolve();
      };
      const timer = this.clock.setTimeout(end, withinMs);
      const subscription = this.onHeartbeat(() => missing().length === 0 && end());
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
    });
    return missing();
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.unsubscribe();
  }

  #hear(heartbeat: Heartbeat, from: string): void {
    if (heartbeat.agent !== from) {
      this.refusals.refuse('forged', { at: this.clock.now(), from, why: `its heartbeat names ${heartbeat.agent}` });
      return;
    }
    this.#known.set(from, { ...this.#known.get(from), name: from, heartbeat, heardAt: this.clock.now() });
    for (const listener of [...this.#heard]) listener(heartbeat);
  }

  #change(change: MembershipChange): void {
    const { name, role } = change.member;
    if (role !== AGENT_ROLE) return;
    this.#known.set(name, { ...this.#known.get(name), name, membership: change });
    for (const listener of [...this.#changed]) listener(change);
  }
}

function added<T>(set: Set<T>, one: T): Subscription {
  set.add(one);
  return { unsubscribe: () => void set.delete(one) };
}
