import { AttituneError } from '../../core/model/errors.js';

/** One sample of a series. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since the epoch, where the text says when it was so. */
  readonly at?: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,|(?=\}))/y;
const REST = /^\s+(\S+)(?:\s+(-?\d+(?:\.\d+)?))?\s*(?:#.*)?$/;
const NUMBERS: Readonly<Record<string, number>> = { '+inf': Infinity, inf: Infinity, '-inf': -Infinity, nan: NaN };

/**
 * The samples of one metric in Prometheus' text format, or in OpenMetrics (whose times are in seconds, and which ends in
 * `# EOF`): every series under its own name, also those of histograms and summaries. A line of that name that is none is
 * an error: `protocol`. See prometheus.io/docs/instrumenting/exposition_formats.
 */
export function samplesOf(text: string, metric: string): readonly Sample[] {
  const openMetrics = /^# EOF\s*$/m.test(text.slice(-100));
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith(metric)) continue;
    NAME.lastIndex = 0;
    if (NAME.exec(line)?.[0] === metric) samples.push(sample(line, metric, openMetrics));
  }
  return samples;
}

/** The names of all samples, once each. */
export function metricsOf(text: string): readonly string[] {
  const names = text.split('\n').flatMap((line) => {
    NAME.lastIndex = 0;
    return NAME.exec(line)?.[0] ?? [];
  });
  return [...new Set(names)];
}

function sample(line: string, name: string, openMetrics: boolean): Sample {
  let at = name.length;
  const labels: Record<string, string> = {};
  const open = /^\s*\{/.exec(line.slice(at))?.[0];
  if (open !== undefined) {
    at += open.length;
    LABEL.lastIndex = at;
    for (let match = LABEL.exec(line); match; match = LABEL.exec(line)) {
      labels[match[1] ?? ''] = unescaped(match[2] ?? '');
      at = LABEL.lastIndex;
    }
    while (line[at] === ' ') at += 1;
    if (line[at] !== '}') throw wrong(line);
    at += 1;
  }
  const [, number = '', time] = REST.exec(line.slice(at)) ?? [];
  const special = NUMBERS[number.toLowerCase()];
  const value = special ?? (number === '' ? NaN : Number(number));
  if (special === undefined && Number.isNaN(value)) throw wrong(line);
  return { name, labels, value, ...(time === undefined ? {} : { at: Number(time) * (openMetrics ? 1000 : 1) }) };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function wrong(line: string): AttituneError {
  return new AttituneError('protocol', `This line is no sample of Prometheus' text format: ${line.slice(0, 120)}`);
}
