import type { DayResult } from './simulate-day.js';

/** What is compared, and what part of the baseline's it may be at most. */
export const ASKED = { energyKWh: 1, slatah: 1, unserved: 1, migrations: 1, esv: 0.25 } as const;

export type Asked = keyof typeof ASKED;

export interface Verdict {
  /** Of each figure, what part of the baseline's it is. */
  readonly parts: Readonly<Record<Asked, number>>;
  /** Those that are above what they may be: none for a policy that is better. */
  readonly failed: readonly Asked[];
}

/**
 * Whether a policy did better than a baseline on the same day. ESV alone tells nothing: it is 0 for a policy that never
 * migrates, however much energy it takes and however badly it serves; so energy, SLATAH, unserved demand and migrations must
 * each not be above the baseline's, too.
 */
export function judge(day: DayResult, baseline: DayResult): Verdict {
  const figures = Object.keys(ASKED) as Asked[];
  const part = (of: Asked) => (day[of] === 0 ? 0 : day[of] / baseline[of]);
  return {
    parts: Object.fromEntries(figures.map((of) => [of, part(of)])) as Record<Asked, number>,
    failed: figures.filter((of) => part(of) > ASKED[of]),
  };
}
