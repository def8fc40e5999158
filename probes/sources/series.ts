import type { Sample } from './prometheus-text.js';

/** What several series become together. */
export const COMBINE = {
  sum: (values) => values.reduce((sum, value) => sum + value, 0),
  avg: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
} as const satisfies Record<string, (values: readonly number[]) => number>;

export type Combination = keyof typeof COMBINE;

/** The counters of one reading, by series. */
export interface CounterReading {
  readonly at: number;
  readonly counters: ReadonlyMap<string, number>;
}

export function counterReading(samples: readonly Sample[], now: number): CounterReading {
  const [first] = samples;
  return {
    at: first?.at ?? now,
    counters: new Map(samples.map(({ labels, value }) => [keyOf(labels), value])),
  };
}

/**
 * How much each counter grew a second between two readings; series that were not in the former one are left out. One that
 * fell was begun anew at 0, as a program is that restarts. `undefined` where no time passed or no series is in both.
 */
export function ratesBetween(
  former: CounterReading | undefined,
  latter: CounterReading,
): readonly number[] | undefined {
  const seconds = former ? (latter.at - former.at) / 1000 : 0;
  if (!former || !(seconds > 0)) return undefined;
  const rates = [...latter.counters].flatMap(([series, value]) => {
    const before = former.counters.get(series);
    return before === undefined ? [] : [(value >= before ? value - before : value) / seconds];
  });
  return rates.length > 0 ? rates : undefined;
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
