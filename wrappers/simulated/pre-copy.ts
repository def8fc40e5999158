/**
 * Pre-copy live migration as a pure model, after C. Clark et al., "Live Migration of Virtual Machines", NSDI 2005:
 * the first round sends all memory, each further round what was dirtied during the one before; what is left when it
 * fits the tolerated downtime, or after a maximum of rounds, is sent while the guest stands still (stop-and-copy).
 */
export interface PreCopyParameters {
  readonly memoryMiB: number;
  readonly bandwidthMiBps: number;
  /** Stop and copy once that would take no longer than this. */
  readonly maxDowntimeMs: number;
  /** Rounds after which it stops and copies whatever is left. Clark et al. use 30. */
  readonly maxRounds: number;
  /** Memory that is ever written: no round dirties more (the writable working set). */
  readonly workingSetMiB: number;
  /** Connecting, and starting an empty guest on the target, before the first round. */
  readonly setupMs: number;
  /** Part of the downtime that does not depend on memory: device state, network announcement, resuming. */
  readonly switchMs: number;
  /** Slow the guest down where it dirties memory about as fast as it is copied. */
  readonly autoConverge?: boolean;
}

/**
 * QEMU's defaults of its migration parameters `throttle-trigger-threshold`, `cpu-throttle-initial`, `-increment` and
 * `max-cpu-throttle`: where twice in a row more was dirtied than this part of what was sent, the guest is slowed down.
 */
export const THROTTLE = { trigger: 0.5, initial: 0.2, increment: 0.1, maximum: 0.99 } as const;

/** A round that is about to happen. */
export interface PreCopyRound {
  readonly kind: 'setup' | 'copy' | 'stop-and-copy';
  /** Copy rounds, this one included. */
  readonly iteration: number;
  readonly durationMs: number;
  /** What this round sends. */
  readonly bytes: number;
  /** What all rounds before took and sent. */
  readonly elapsedMs: number;
  readonly transferredBytes: number;
  /** How fast the guest wrote during the round before. */
  readonly dirtyBytesPerSecond: number;
  /** How much the guest is slowed down during the round, in [0, 1). */
  readonly throttle: number;
}

export interface PreCopyTotals {
  readonly elapsedMs: number;
  readonly downtimeMs: number;
  readonly transferredBytes: number;
  readonly iterations: number;
  /** False where it stopped because of `maxRounds`; the downtime may then exceed its limit. */
  readonly converged: boolean;
}

export const MEBIBYTE = 1024 * 1024;

/**
 * The rounds in turn; the generator returns the totals. `dirtyMiBps` is asked at the end of each copy round (the caller
 * has let it happen before it asks for the next) for the rate at which the guest wrote during it.
 */
export function* preCopy(
  parameters: PreCopyParameters,
  dirtyMiBps: (round: PreCopyRound) => number,
): Generator<PreCopyRound, PreCopyTotals> {
  const { memoryMiB, bandwidthMiBps, maxDowntimeMs, maxRounds, workingSetMiB, setupMs, switchMs } = parameters;
  const { autoConverge = false } = parameters;
  let elapsedMs = 0;
  let sentMiB = 0;
  let restMiB = memoryMiB;
  let dirtyRate = 0;
  let iteration = 0;
  let throttle = 0;
  let tooDirty = 0;
  const copyMs = () => (1000 * restMiB) / bandwidthMiBps;
  const fits = () => copyMs() + switchMs <= maxDowntimeMs;
  const round = (kind: PreCopyRound['kind'], durationMs: number): PreCopyRound => ({
    kind,
    iteration,
    durationMs,
    bytes: kind === 'setup' ? 0 : Math.round(restMiB * MEBIBYTE),
    elapsedMs,
    transferredBytes: Math.round(sentMiB * MEBIBYTE),
    dirtyBytesPerSecond: dirtyRate * MEBIBYTE,
    throttle,
  });

  yield round('setup', setupMs);
  elapsedMs += setupMs;
  while (iteration < maxRounds && (iteration === 0 || !fits())) {
    iteration += 1;
    const copy = round('copy', copyMs());
    yield copy;
    elapsedMs += copy.durationMs;
    sentMiB += restMiB;
    dirtyRate = Math.max(0, dirtyMiBps(copy));
    const sentNow = restMiB;
    restMiB = Math.min((dirtyRate * copy.durationMs) / 1000, workingSetMiB, memoryMiB);
    tooDirty = restMiB > THROTTLE.trigger * sentNow ? tooDirty + 1 : 0;
    if (autoConverge && tooDirty >= 2) {
      throttle = Math.min(THROTTLE.maximum, throttle === 0 ? THROTTLE.initial : throttle + THROTTLE.increment);
      tooDirty = 0;
    }
  }
  const converged = fits();
  const downtimeMs = copyMs() + switchMs;
  yield round('stop-and-copy', downtimeMs);
  sentMiB += restMiB;
  elapsedMs += downtimeMs;
  return { elapsedMs, downtimeMs, transferredBytes: Math.round(sentMiB * MEBIBYTE), iterations: iteration, converged };
}
