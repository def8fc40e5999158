/** A series as a first-order autoregressive process about its mean, and the value that comes next by it. */
export interface Forecast {
  readonly mean: number;
  /** How much of a deviation from the mean is left one step later, in [0, 1). */
  readonly persistence: number;
  readonly next: number;
}

/** Fewer readings say nothing of how one follows from another. */
export const FEWEST_TO_FORECAST = 4;

/**
 * The next value of a series by AR(1), as Sandpiper predicts loads (Wood et al., "Black-box and Gray-box Strategies for
 * Virtual Machine Migration", NSDI 2007, section 4): û(k+1) = µ + φ (u(k) − µ), with µ the mean of the window and φ its
 * autocorrelation of lag 1. A φ below 0, by which each rise would be followed by a fall, counts as 0. `undefined` for
 * fewer than {@link FEWEST_TO_FORECAST} values.
 */
export function forecast(values: readonly number[]): Forecast | undefined {
  const last = values.at(-1);
  if (last === undefined || values.length < FEWEST_TO_FORECAST) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let covariance = 0;
  let variance = 0;
  values.forEach((value, index) => {
    const deviation = value - mean;
    variance += deviation * deviation;
    if (index > 0) covariance += deviation * ((values[index - 1] ?? mean) - mean);
  });
  const persistence = variance > 0 ? Math.min(0.999, Math.max(0, covariance / variance)) : 0;
  return { mean, persistence, next: Math.max(0, mean + persistence * (last - mean)) };
}
