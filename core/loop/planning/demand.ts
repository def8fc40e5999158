import { forecast } from '../../monitoring/forecast.js';
import type { Demand } from '../../placement/cluster.js';
import type { Sample } from '../monitoring/reading-ring.js';

/** Fewer readings are no distribution. */
export const FEWEST_FOR_DEMAND = 5;

/**
 * What a VM used over a window of readings, oldest first. `scale` makes CPUs of them: a VM's virtual CPUs, where readings
 * are ratios. `undefined` for fewer than {@link FEWEST_FOR_DEMAND}.
 */
export function demandOf(samples: readonly Sample[], scale: number): Demand | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || samples.length < FEWEST_FOR_DEMAND) return undefined;
  const values = samples.map(({ value }) => value * scale);
  const sorted = Float64Array.from(values).sort();
  const next = forecast(values)?.next;
  return {
    windowMs: last.at - first.at,
    samples: values.length,
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    p50: nearestRank(sorted, 0.5),
    p90: nearestRank(sorted, 0.9),
    p95: nearestRank(sorted, 0.95),
    max: nearestRank(sorted, 1),
    ...(next === undefined ? {} : { predicted: next }),
  };
}

/** The smallest value that at least this share of the sorted values does not exceed. */
function nearestRank(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}
