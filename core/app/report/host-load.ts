/** Readings of the CPU of hosts, by host: fractions, in the order of time. */
export type HostCpu = Readonly<Record<string, readonly { readonly at: number; readonly value: number }[]>>;

export interface HostLoadFigures {
  /** Time that hosts were above the limit, all hosts together; and the longest such time of one host. */
  readonly overloadedMs: number;
  readonly longestOverloadMs: number;
  readonly highestCpu: number;
  /** How uneven the hosts were at the beginning and at the end: the standard deviation of their mean loads. */
  readonly spreadBefore: number;
  readonly spreadAfter: number;
}

/** What counts as the beginning, and as the end. */
const SPREAD_MS = 30_000;

/** A reading stands for the time until the next one of its host. Without a limit, or without readings, `NaN`. */
export function hostLoad(cpu: HostCpu, limit: number | undefined): HostLoadFigures {
  const series = Object.values(cpu).filter(({ length }) => length > 0);
  const stretches = limit === undefined ? [] : series.flatMap((readings) => overloads(readings, limit));
  const all = series.flat();
  const first = Math.min(...all.map(({ at }) => at));
  const last = Math.max(...all.map(({ at }) => at));
  const known = series.length > 0;
  return {
    overloadedMs: known && limit !== undefined ? stretches.reduce((sum, ms) => sum + ms, 0) : NaN,
    longestOverloadMs: known && limit !== undefined ? Math.max(0, ...stretches) : NaN,
    highestCpu: known ? Math.max(...all.map(({ value }) => value)) : NaN,
    spreadBefore: spread(series, (at) => at <= first + SPREAD_MS),
    spreadAfter: spread(series, (at) => at >= last - SPREAD_MS),
  };
}

function overloads(readings: HostCpu[string], limit: number): readonly number[] {
  const stretches: number[] = [];
  let since: number | undefined;
  for (const { at, value } of readings) {
    if (value > limit) since ??= at;
    else if (since !== undefined) {
      stretches.push(at - since);
      since = undefined;
    }
  }
  const end = readings.at(-1)?.at;
  if (since !== undefined && end !== undefined) stretches.push(end - since);
  return stretches;
}

function spread(series: readonly HostCpu[string][], within: (at: number) => boolean): number {
  const means = series.flatMap((readings) => {
    const values = readings.filter(({ at }) => within(at)).map(({ value }) => value);
    return values.length === 0 ? [] : [mean(values)];
  });
  if (means.length === 0) return NaN;
  const middle = mean(means);
  return Math.sqrt(mean(means.map((value) => (value - middle) ** 2)));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
