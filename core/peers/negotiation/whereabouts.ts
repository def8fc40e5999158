import { delay, type Clock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { MigrationOutcome } from '../../model/migration.js';
import type { MemberBus } from '../../model/member-bus.js';
import type { PeerHost } from '../../model/peer.js';

/**
 * Where a VM is, seen from one of two hosts. `moving`: a migration between them goes on, or may still begin. `both` and
 * `nowhere`: what the hosts tell does not fit together, mostly because it is just changing. `unknown`: it is not here, and
 * the other side does not answer.
 */
export type Whereabouts = 'here' | 'there' | 'moving' | 'both' | 'nowhere' | 'unknown';

export interface LocateQuestion {
  readonly negotiation: string;
  readonly vm: string;
  /** The other side of the negotiation. */
  readonly peer: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** The migrations that this peer began, and the question where a VM is. */
export class Migrations {
  #running: Map<string, Promise<unknown>> | undefined;

  constructor(private readonly parts: { readonly host: PeerHost; readonly bus: MemberBus; readonly clock: Clock }) {}

  /** Migrates as `PeerHost.migrate`, and knows of it until that has settled, whether anybody still waits for it or not. */
  async migrate(vm: string, to: string, signal: AbortSignal): Promise<MigrationOutcome> {
    const migration = this.parts.host.migrate(vm, to, signal);
    const running = (this.#running ??= new Map());
    running.set(vm, migration);
    try {
      return await migration;
    } finally {
      if (running.get(vm) === migration) running.delete(vm);
    }
  }

  /** True from the call of a migration to its end. */
  began(vm: string): boolean {
    return this.#running?.has(vm) === true;
  }

  /** Whether a migration of it goes on, as far as this host can tell. */
  async moving(vm: string): Promise<boolean> {
    const { host } = this.parts;
    if (this.began(vm)) return true;
    return host.migrating ? host.migrating(vm) : false;
  }

  /** Resolves when every migration that was begun has ended, well or badly. */
  async ended(): Promise<void> {
    await Promise.allSettled([...(this.#running?.values() ?? [])]);
  }

  /** What this host alone knows of a VM. */
  async here(vm: string): Promise<{ readonly here: boolean; readonly moving: boolean }> {
    const [vms, moving] = await Promise.all([this.parts.host.vms(), this.moving(vm)]);
    return { here: vms.some(({ name }) => name === vm), moving };
  }

  /** Asks both hosts, each of which has `timeoutMs`. Rejects where the own host cannot tell. */
  async locate({ negotiation, vm, peer, timeoutMs, signal }: LocateQuestion): Promise<Whereabouts> {
    const before = await this.#inTime(this.here(vm), timeoutMs);
    if (before.moving) return 'moving';
    const other = await this.parts.bus
      .request(peer, 'help.where', { negotiation, vm }, { timeoutMs, signal })
      .catch(() => undefined);
    if (other?.moving === true) return 'moving';
    // it may have come while the other side answered
    const here = before.here || (await this.#inTime(this.here(vm), timeoutMs)).here;
    if (!other) return here ? 'here' : 'unknown';
    if (here) return other.here ? 'both' : 'here';
    return other.here ? 'there' : 'nowhere';
  }

  async #inTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
    const { clock, host } = this.parts;
    const over = new AbortController();
    const late = delay(clock, timeoutMs, over.signal).then(() => {
      throw new AttituneError(
        'host-unreachable',
        `${host.name} did not tell within ${timeoutMs / 1000} s what it has.`,
      );
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
    }
  }
}
