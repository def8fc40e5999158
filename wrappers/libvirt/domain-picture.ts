/** What is known of the domains of a host: kept up to date by events, and compared with what is listed after a loss. */
import type { Domain, DomainEvent, DomainEventKind, DomainState } from '../../core/model/hypervisor.js';

type Condition = 'running' | 'paused' | 'pmsuspended' | 'crashed' | 'off';

/** A domain that is `off` and not defined is not there. */
interface Known {
  readonly name: string;
  readonly uuid: string;
  readonly condition: Condition;
  readonly persistent: boolean;
}

const CONDITION_OF: Readonly<Record<DomainState, Condition>> = {
  running: 'running',
  blocked: 'running',
  shutdown: 'running',
  // drivers that cannot tell, such as Xen's, say so of domains that run
  unknown: 'running',
  paused: 'paused',
  pmsuspended: 'pmsuspended',
  crashed: 'crashed',
  shutoff: 'off',
};

/** What a domain is after an event; kinds that are not named here change nothing. */
const CONDITION_AFTER: Readonly<Partial<Record<DomainEventKind, Condition>>> = {
  started: 'running',
  resumed: 'running',
  suspended: 'paused',
  pmsuspended: 'pmsuspended',
  crashed: 'crashed',
  stopped: 'off',
};

/** What a domain may be right before it is started; a `stopped` comes between `started` and any other. */
const STARTS_FROM: readonly Condition[] = ['off', 'pmsuspended'];

/** The last step of the way to a condition; to all but `off`, a domain that is `off` has to be started first. */
const LAST_STEP: Readonly<Record<Exclude<Condition, 'running'>, DomainEventKind>> = {
  paused: 'suspended',
  pmsuspended: 'pmsuspended',
  crashed: 'crashed',
  off: 'stopped',
};

/** What an event tells of; the two change independently of each other. */
export type Aspect = 'definition' | 'condition';

/** `undefined` for an event that no list shows, so that it is never a repetition. */
export function aspectOf({ kind, detail }: DomainEvent): Aspect | undefined {
  if (kind === 'defined') return detail === 'added' ? 'definition' : undefined;
  if (kind === 'undefined') return 'definition';
  return CONDITION_AFTER[kind] === undefined ? undefined : 'condition';
}

/** The domains of one host, by uuid. */
export class DomainPicture {
  #domains = new Map<string, Known>();

  has(uuid: string): boolean {
    return this.#domains.has(uuid);
  }

  /** Whether an event changes what is known, and can have happened after that. */
  follows(event: DomainEvent): boolean {
    const [before, after] = this.#step(event);
    if (event.kind === 'started') return STARTS_FROM.includes(before.condition);
    return after.condition !== before.condition || after.persistent !== before.persistent;
  }

  apply(event: DomainEvent): void {
    this.#set(this.#step(event)[1]);
  }

  #step({ domain: name, uuid, kind, detail }: DomainEvent): readonly [Known, Known] {
    const before: Known = this.#domains.get(uuid) ?? { name, uuid, condition: 'off', persistent: false };
    const persistent = kind === 'defined' || (kind !== 'undefined' && before.persistent);
    // a guest that migrates here is there at once, but runs only once it is resumed
    const arriving = kind === 'started' && detail === 'migrated';
    const condition = arriving ? 'paused' : (CONDITION_AFTER[kind] ?? before.condition);
    return [before, { name, uuid, condition, persistent }];
  }

  /**
   * Makes it what was listed, and returns what must have happened since: events of the detail `missed`, which lead from
   * what was known to what is there. What ended comes first, so that a name is free before it is used again.
   */
  replace(domains: readonly Domain[]): readonly DomainEvent[] {
    const former = this.#domains;
    this.#domains = new Map();
    for (const { name, uuid, state, persistent } of domains)
      this.#set({ name, uuid, condition: CONDITION_OF[state], persistent });
    const gone = [...former.values()].filter(({ uuid }) => !this.#domains.has(uuid));
    return [
      ...gone.flatMap((known) => steps(known, { ...known, condition: 'off', persistent: false })),
      ...[...this.#domains.values()].flatMap((known) =>
        steps(former.get(known.uuid) ?? { ...known, condition: 'off', persistent: false }, known),
      ),
    ];
  }

  #set(known: Known): void {
    if (known.condition === 'off' && !known.persistent) this.#domains.delete(known.uuid);
    else this.#domains.set(known.uuid, known);
  }
}

/** The shortest way from one to the other on which the domain is always there: defined first, undefined last. */
function steps(from: Known, to: Known): readonly DomainEvent[] {
  const kinds: DomainEventKind[] = [];
  if (!from.persistent && to.persistent) kinds.push('defined');
  if (from.condition !== to.condition) {
    if (to.condition === 'running') kinds.push(from.condition === 'paused' ? 'resumed' : 'started');
    else {
      if (from.condition === 'off') kinds.push('started');
      kinds.push(LAST_STEP[to.condition]);
    }
  }
  if (from.persistent && !to.persistent) kinds.push('undefined');
  return kinds.map((kind) => ({ domain: to.name, uuid: to.uuid, kind, detail: 'missed' }));
}
