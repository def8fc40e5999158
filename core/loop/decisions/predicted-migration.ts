import type { ClusterNetwork, ClusterVm } from '../../placement/cluster.js';

/** What a migration is expected to take. */
export interface PredictedMigration {
  readonly durationMs: number;
  /** Absent where nothing tells how fast the VM writes to its memory. */
  readonly downtimeMs?: number;
}

/** Mbit/s that a migration gets unless the cluster says so. */
const MBIT_PER_SECOND = 1000;
const MIB_PER_MBIT = 1e6 / 8 / 1048576;
/** The last round begins when what is left can be sent within this time: QEMU's default of `downtime-limit`. */
const DOWNTIME_LIMIT_MS = 300;
/** More rounds than that, and it does not converge; each further one brings next to nothing. */
const MOST_ROUNDS = 30;

/**
 * Pre-copy by rounds (Clark et al., Live Migration of Virtual Machines, NSDI 2005): each sends what was written during the
 * one before it, until the rest fits into the downtime. A VM that writes faster than the network sends is told with all rounds.
 */
export function predictedMigration(vm: ClusterVm, network: ClusterNetwork | undefined): PredictedMigration {
  const { memoryMiB, dirtyMiBPerSecond } = vm;
  const mibPerMs = ((network?.migrationMbitPerSecond ?? MBIT_PER_SECOND) * MIB_PER_MBIT) / 1000;
  if (dirtyMiBPerSecond === undefined) return { durationMs: Math.round(memoryMiB / mibPerMs) };
  const dirtyPerMs = dirtyMiBPerSecond / 1000;
  let [left, durationMs] = [memoryMiB, 0];
  for (let round = 0; round < MOST_ROUNDS && left / mibPerMs > DOWNTIME_LIMIT_MS; round += 1) {
    const roundMs = left / mibPerMs;
    durationMs += roundMs;
    left = Math.min(memoryMiB, dirtyPerMs * roundMs);
  }
  const downtimeMs = left / mibPerMs;
  return { durationMs: Math.round(durationMs + downtimeMs), downtimeMs: Math.round(downtimeMs) };
}
