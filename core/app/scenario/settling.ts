import { delay } from '../../model/clock.js';
import type { ScenarioSettle } from '../../model/scenario.js';
import type { RunningPeers } from '../peers/running-peers.js';
import type { ScenarioParts } from './run-scenario.js';

const LOOK_EVERY_MS = 1000;

/**
 * Waits until nothing has moved, and no peer changed its role, for the time that is to be quiet. Resolves with when the
 * last thing did, from `startedAt` on; with nothing where it had not settled in its time.
 */
export async function settled(
  { manager, infrastructure, signal }: Pick<ScenarioParts, 'manager' | 'infrastructure' | 'signal'>,
  { withinMs, quietMs }: ScenarioSettle,
  startedAt: number,
  peers: Pick<RunningPeers, 'changedAt'> | undefined,
): Promise<number | undefined> {
  const { clock } = infrastructure;
  const until = clock.now() + withinMs;
  for (;;) {
    const last = manager.migrations.at(-1);
    const moved = last ? last.startedAt + last.elapsedMs : startedAt;
    const changedAt = Math.max(startedAt, moved, peers?.changedAt() ?? startedAt);
    if (!manager.migrating && clock.now() - changedAt >= quietMs) return changedAt - startedAt;
    if (clock.now() >= until) return undefined;
    await delay(clock, Math.min(LOOK_EVERY_MS, until - clock.now()), signal);
  }
}
