import type { Reading } from '../model/administration.js';

/** The type of what {@link openMetrics} writes. */
export const OPEN_METRICS_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

/** What the intake counts of itself. */
export interface IntakeCounts {
  readonly taken: number;
  readonly refused: number;
}

/**
 * Readings in OpenMetrics' text format, for a Prometheus to scrape. Each has the time when it was measured, unless
 * `times` is false: a simulation's times are nothing to a Prometheus. See openmetrics.io, 1.0.
 */
export function openMetrics(readings: readonly Reading[], counts: IntakeCounts, times = true): string {
  const at = (reading: Reading) => (times ? ` ${(reading.at / 1000).toFixed(3)}` : '');
  const values = readings.flatMap((reading) =>
    reading.value === undefined ? [] : `attitune_reading${labels(reading)} ${reading.value}${at(reading)}`,
  );
  const failures = readings.map((reading) => {
    const { probe, component, failure } = reading;
    return `attitune_probe_failed{${label('probe', probe)},${label('component', component)}} ${failure === undefined ? 0 : 1}${at(reading)}`;
  });
  return [
    '# TYPE attitune_reading gauge',
    '# HELP attitune_reading The newest reading of a probe; ratios are fractions.',
    ...values,
    '# TYPE attitune_probe_failed gauge',
    '# HELP attitune_probe_failed 1 where the newest attempt to measure failed.',
    ...failures,
    '# TYPE attitune_intake_taken counter',
    '# HELP attitune_intake_taken Values and events that were taken from outside.',
    `attitune_intake_taken_total ${counts.taken}`,
    '# TYPE attitune_intake_refused counter',
    '# HELP attitune_intake_refused Requests from outside that were refused.',
    `attitune_intake_refused_total ${counts.refused}`,
    '# EOF',
    '',
  ].join('\n');
}

function labels({ probe, measure, component, unit }: Reading): string {
  const named = [label('probe', probe), label('measure', measure), label('component', component)];
  return `{${[...named, ...(unit === '' ? [] : [label('unit', unit)])].join(',')}}`;
}

function label(name: string, value: string): string {
  return `${name}="${value.replace(/[\\"\n]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))}"`;
}
