import type { Manager } from '../../loop/manager.js';
import { delay } from '../../model/clock.js';
import type { Infrastructure } from '../../model/infrastructure.js';
import { POWERED_AT, poweredOf } from '../../model/powered.js';
import type { ScenarioSettle } from '../../model/scenario.js';
import type { RunningPeers } from '../peers/running-peers.js';

const LOOK_EVERY_MS = 1000;

export interface SettlingParts {
  readonly manager: Pick<Manager, 'migrations' | 'migrating'> & Partial<Pick<Manager, 'system'>>;
  readonly infrastructure: Pick<Infrastructure, 'clock'>;
  readonly signal: AbortSignal;
}

/**
 * Waits until nothing has moved, no host was switched, and no peer changed its role, for the time that is to be quiet. Resolves with when the
 * last thing did, from `startedAt` on; with nothing where it had not settled in its time.
 */
export async function settled(
  { manager, infrastructure, signal }: SettlingParts,
  { withinMs, quietMs }: ScenarioSettle,
  startedAt: number,
  peers: Pick<RunningPeers, 'changedAt'> | undefined,
  /** The quiet time begins here at the earliest: with the last event of the scenario. */
  quietFrom = startedAt,
): Promise<number | undefined> {
  const { clock } = infrastructure;
  const until = clock.now() + withinMs;
  for (;;) {
    const last = manager.migrations.at(-1);
    const moved = last ? last.startedAt + last.elapsedMs : startedAt;
    const hosts = manager.system?.components.filter(({ kind }) => kind === 'host') ?? [];
    const switched = Math.max(...hosts.map((host) => Number(host.attributes.get(POWERED_AT) ?? 0)), 0);
    const changing = manager.migrating || hosts.some((host) => poweredOf(host) === 'changing');
    const changedAt = Math.max(startedAt, moved, switched, peers?.changedAt() ?? startedAt);
    if (!changing && clock.now() - Math.max(changedAt, quietFrom) >= quietMs) return changedAt - startedAt;
    if (clock.now() >= until) return undefined;
    await delay(clock, Math.min(LOOK_EVERY_MS, until - clock.now()), signal);
  }
}
