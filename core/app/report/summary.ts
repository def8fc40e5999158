import type { RequestSample } from '../../model/load.js';
import type { PhaseFigures, RequestFigures, RequestSummary } from './report.js';

/**
 * The nearest-rank percentile: the smallest value that at least `fraction` of all values do not exceed.
 * `sorted` is in ascending order; an empty one has none.
 */
export function percentile(sorted: ArrayLike<number>, fraction: number): number | undefined {
  const rank = Math.ceil(fraction * sorted.length);
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
}

/** The times of answered requests in ascending order, in milliseconds. */
export function answeredTimes(samples: Iterable<RequestSample>): Float64Array {
  const times: number[] = [];
  for (const sample of samples) if (sample.failure === undefined) times.push(sample.elapsedMs);
  return Float64Array.from(times).sort();
}

/** Counts and exact percentiles of a set of requests. */
export function figures(samples: readonly RequestSample[]): RequestFigures {
  const times = answeredTimes(samples);
  return {
    total: samples.length,
    failed: samples.length - times.length,
    p50Ms: rounded(percentile(times, 0.5)),
    p95Ms: rounded(percentile(times, 0.95)),
    maxMs: rounded(times.at(-1)),
  };
}

/**
 * The figures of a run, over all and by phase. Phases come in the given order, also those without any request; a phase
 * that only samples name comes after them. `workers` are back ends that are listed even if they answered nothing.
 */
export function summarise(
  samples: readonly RequestSample[],
  phases: readonly { readonly name: string }[] = [],
  workers: readonly string[] = [],
): RequestSummary {
  const byPhase = new Map<string, RequestSample[]>(phases.map((phase) => [phase.name, []]));
  const byWorker = new Map<string, number>(workers.map((worker) => [worker, 0]));
  for (const sample of samples) {
    const group = byPhase.get(sample.phase);
    if (group) group.push(sample);
    else byPhase.set(sample.phase, [sample]);
    if (sample.worker !== undefined && sample.failure === undefined) {
      byWorker.set(sample.worker, (byWorker.get(sample.worker) ?? 0) + 1);
    }
  }
  return {
    ...figures(samples),
    phases: [...byPhase].map(([name, group]): PhaseFigures => ({ name, ...figures(group) })),
    workers: Object.fromEntries([...byWorker].sort(([a], [b]) => a.localeCompare(b, 'en'))),
  };
}

/** To a microsecond: more digits than that are noise of the clock. */
function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms * 1000) / 1000;
}
