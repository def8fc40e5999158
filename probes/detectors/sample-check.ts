import type { DetectorSample } from '../../core/model/probe.js';
import { isPlausible, type Scale } from './limit.js';

/** What a sample is worth as evidence. */
export interface CheckedSample {
  /** Absent: missing, stale or impossible. */
  readonly value?: number;
  /** Readings that should have come between the former sample and this one. */
  readonly missedBefore: number;
  /** The clock stood still or went back since the former sample. */
  readonly backwards: boolean;
}

/** A sample that comes more than this many periods after the former one leaves a gap. */
const GAP_PERIODS = 2;

/** Tells evidence from noise: `lastAt` is the time of the former sample, with or without a value. */
export function checkSample(
  sample: DetectorSample,
  lastAt: number | undefined,
  everyMs: number,
  scale: Scale,
): CheckedSample {
  const elapsed = lastAt === undefined ? everyMs : sample.at - lastAt;
  if (!(elapsed > 0)) return { missedBefore: 0, backwards: true };
  const missedBefore = elapsed > GAP_PERIODS * everyMs ? Math.max(1, Math.round(elapsed / everyMs) - 1) : 0;
  const usable = sample.value !== undefined && isPlausible(sample.value, scale);
  return { missedBefore, backwards: false, ...(usable ? { value: sample.value } : {}) };
}
