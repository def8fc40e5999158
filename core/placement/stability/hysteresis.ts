/**
 * Two levels instead of one, so that readings that sway between them move nothing: a host is relieved from `start` on, and
 * then until it is below `aim`; no target is brought to `aim` either.
 */
export interface Hysteresis {
  readonly start: number;
  readonly aim: number;
}

/** The levels for a limit: relief begins at `below` and aims lower by `band`, both fractions of a host's CPU. Default band: 0.05. */
export function hysteresis(below: number, band = 0.05): Hysteresis {
  return { start: below, aim: below === Infinity ? Infinity : Math.max(0, below - band) };
}

/** True where a move gains more than it costs, and by at least what is asked for. All in one measure. */
export function isWorth(gain: number, cost: number, minimumGain: number): boolean {
  return gain - cost >= minimumGain && gain > cost;
}
