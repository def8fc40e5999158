import type { Cluster, ClusterVm, PastMove } from '../cluster.js';
import type { StabilityLimits } from './types.js';

/** All of the limits, with the defaults for those that were not told. */
export interface ResolvedLimits {
  readonly coolDownMs: number;
  readonly coolDownLimitMs: number;
  readonly windowMs: number;
  readonly holdMs: number;
  readonly startUpMs: number;
  readonly tolerance: number;
}

export function resolved(limits: StabilityLimits): ResolvedLimits {
  const { coolDownMs, holdMs = 0, startUpMs = coolDownMs, tolerance = 0.25 } = limits;
  const coolDownLimitMs = Math.max(coolDownMs, limits.coolDownLimitMs ?? 16 * coolDownMs);
  return {
    coolDownMs,
    coolDownLimitMs,
    windowMs: limits.windowMs ?? 2 * coolDownLimitMs,
    holdMs,
    startUpMs,
    tolerance,
  };
}

/** The moves of a VM that still count, oldest first. A VM of which only the time of the last one is known has no other. */
export function recentMoves(cluster: Cluster, vm: ClusterVm, windowMs: number): readonly Pick<PastMove, 'at'>[] {
  const moves = (vm.moves ?? []).filter(({ at }) => cluster.at - at < windowMs);
  const last = moves.at(-1)?.at ?? -Infinity;
  const { movedAt } = vm;
  return movedAt === undefined || movedAt <= last || cluster.at - movedAt >= windowMs
    ? moves
    : [...moves, { at: movedAt }];
}

/** When the last of them ended, whether or not it still counts for anything else. */
export function lastMove(vm: ClusterVm): number | undefined {
  const times = [...(vm.moves ?? []).map(({ at }) => at), ...(vm.movedAt === undefined ? [] : [vm.movedAt])];
  return times.length === 0 ? undefined : Math.max(...times);
}

/** `4.5 s`, `12 min`, `3 h` */
export function lasting(ms: number): string {
  const tenths = (value: number) => Math.round(value * 10) / 10;
  if (ms < 120_000) return `${tenths(ms / 1000)} s`;
  return ms < 7_200_000 ? `${tenths(ms / 60_000)} min` : `${tenths(ms / 3_600_000)} h`;
}
