import type { MigrationRecord } from '../../model/administration.js';
import type { RequestSample } from '../../model/load.js';
import type { PhaseSpan } from './report.js';
import { answeredTimes, percentile } from './summary.js';

/** The run of a scenario; all times in milliseconds since the epoch. */
export interface CurveData {
  readonly title?: string;
  readonly startedAt: number;
  readonly phases: readonly PhaseSpan[];
  readonly requests: readonly RequestSample[];
  /** CPU rate of each host as a fraction, in the order of time. */
  readonly cpu: Readonly<Record<string, readonly { readonly at: number; readonly value: number }[]>>;
  readonly migrations: readonly MigrationRecord[];
  /** Where detectors of the hosts' CPU have their limits, as fractions. */
  readonly cpuLimits?: readonly number[];
}

type Point = readonly [number, number | null];

export interface CurveSeries {
  readonly series: readonly object[];
  /** Length of the time axis. */
  readonly seconds: number;
  /** Powers of ten around the response times that are drawn. */
  readonly timeRange: readonly [number, number];
  /** Upper end of the CPU axis in percent. */
  readonly highestCpu: number;
  readonly timeNames: readonly string[];
  readonly hostNames: readonly string[];
}

/** Name of the series that marks each failed request. */
export const FAILED = 'failed request';

const BLUE = '#2166ac';
const RED = '#c62828';
/** Hosts, after Okabe and Ito's colours for all kinds of colour vision; told apart by dash and name too. */
const HOST_COLOURS = ['#0072b2', '#d55e00', '#009e73', '#8a5a9e', '#8a6d00', '#3d6f8e'] as const;
const DASHES = ['solid', 'dashed', 'dotted'] as const;
/** Names the curves may show at most this long. */
const NAME_LENGTH = 28;

/** What the three panels draw, in seconds since the start. */
export function curveSeries(data: CurveData): CurveSeries {
  const seconds = lengthOf(data);
  const perSecond = bySecond(data, seconds);
  const hosts = Object.entries(data.cpu).map(([name, points]) => ({ name: shown(name), points }));
  const highest = Math.max(100, ...hosts.flatMap(({ points }) => points.map(({ value }) => value * 100)));
  return {
    seconds,
    timeRange: timeRange(data.requests, perSecond),
    highestCpu: Math.ceil(highest / 20) * 20,
    timeNames: ['p50', 'p95', FAILED],
    hostNames: hosts.map(({ name }) => name),
    series: [
      rate(data, perSecond),
      ...responseTimes(data, perSecond),
      ...hosts.map(({ name, points }, index) => hostCurve(data, name, points, index)),
      limitLines(data.cpuLimits ?? []),
      migrationBands(data),
    ],
  };
}

function rate(data: CurveData, perSecond: readonly (readonly RequestSample[])[]): object {
  return {
    name: 'requests',
    type: 'line',
    xAxisIndex: 0,
    yAxisIndex: 0,
    data: perSecond.map((samples, second): Point => [second + 0.5, samples.length]),
    ...line(BLUE),
    step: 'middle',
    areaStyle: { color: BLUE, opacity: 0.1 },
    markArea: {
      silent: true,
      label: { position: 'insideTop', distance: 7, color: '#3a4652', fontSize: 12, fontWeight: 600 },
      data: data.phases.map((phase, index) => [
        {
          name: shown(phase.name),
          xAxis: since(data, phase.from),
          itemStyle: { color: index % 2 === 0 ? '#f1f4f7' : '#e3e9ef' },
        },
        { xAxis: since(data, phase.to) },
      ]),
    },
  };
}

function responseTimes(data: CurveData, perSecond: readonly (readonly RequestSample[])[]): object[] {
  const at = (fraction: number) =>
    perSecond.map((samples, second): Point => {
      const value = percentile(answeredTimes(samples), fraction);
      return [second + 0.5, value === undefined ? null : plottable(value)];
    });
  const failed = data.requests.filter((request) => request.failure !== undefined);
  const panel = { xAxisIndex: 1, yAxisIndex: 1 };
  return [
    { name: 'p50', type: 'line', ...panel, data: at(0.5), ...line('#6f9fce') },
    { name: 'p95', type: 'line', ...panel, data: at(0.95), ...line(BLUE), markArea: plainBands(data) },
    {
      name: FAILED,
      type: 'scatter',
      ...panel,
      data: failed.map((request): Point => [since(data, request.at), plottable(request.elapsedMs)]),
      symbol: 'path://M0,0L3,0L6,4L9,0L12,0L8,6L12,12L9,12L6,8L3,12L0,12L4,6Z',
      symbolSize: 9,
      itemStyle: { color: RED },
      silent: true,
    },
  ];
}

function hostCurve(data: CurveData, name: string, points: CurveData['cpu'][string], index: number): object {
  return {
    name,
    type: 'line',
    xAxisIndex: 2,
    yAxisIndex: 2,
    data: points.map(({ at, value }): Point => [since(data, at), value * 100]),
    ...line(HOST_COLOURS[index % HOST_COLOURS.length] ?? BLUE, DASHES[index % DASHES.length]),
  };
}

function limitLines(limits: readonly number[]): object {
  return {
    type: 'line',
    xAxisIndex: 2,
    yAxisIndex: 2,
    data: [],
    markLine: {
      silent: true,
      symbol: 'none',
      data: limits.map((limit) => ({ yAxis: limit * 100, label: { formatter: `${+(limit * 100).toFixed(1)} %` } })),
      lineStyle: { color: RED, type: [5, 4], width: 1, opacity: 0.75 },
      label: { position: 'insideStartTop', color: RED, fontSize: 11 },
    },
  };
}

function migrationBands(data: CurveData): object {
  const bands = plainBands(data);
  return {
    type: 'line',
    xAxisIndex: 2,
    yAxisIndex: 2,
    data: [],
    markArea: {
      ...bands,
      label: {
        position: 'insideTop',
        rotate: 90,
        align: 'right',
        verticalAlign: 'middle',
        color: '#7a4a00',
        textBorderColor: '#fdf3e0',
        textBorderWidth: 3,
        fontSize: 11.5,
      },
      data: bands.data.map(([from, to], index) => {
        const migration = data.migrations[index];
        const name = migration && `${shown(migration.vm)}: ${shown(migration.from)} → ${shown(migration.to)}`;
        return [{ ...from, name: name ?? '' }, to];
      }),
    },
  };
}

/** A vertical band per migration, without its label. */
function plainBands(data: CurveData) {
  return {
    silent: true,
    itemStyle: { color: '#f5b041', opacity: 0.28 },
    label: { show: true },
    data: data.migrations.map(({ startedAt, elapsedMs }) => [
      { xAxis: since(data, startedAt) },
      { xAxis: since(data, startedAt + Math.max(elapsedMs, 1)) },
    ]),
  };
}

function line(color: string, dash: string = 'solid'): object {
  const style = { color, width: 1.8, type: dash };
  return { symbol: 'none', lineStyle: style, itemStyle: { color }, silent: true, connectNulls: false };
}

/** The requests due in each second since the start. */
function bySecond(data: CurveData, seconds: number): RequestSample[][] {
  const bins = Array.from({ length: seconds }, (): RequestSample[] => []);
  for (const request of data.requests) bins[Math.floor(since(data, request.at))]?.push(request);
  return bins;
}

function lengthOf({ startedAt, phases, requests, cpu, migrations }: CurveData): number {
  let end = startedAt;
  const reach = (at: number) => (end = Math.max(end, at));
  for (const phase of phases) reach(phase.to);
  for (const request of requests) reach(request.at);
  for (const points of Object.values(cpu)) for (const point of points) reach(point.at);
  for (const migration of migrations) reach(migration.startedAt + migration.elapsedMs);
  return Math.max(1, Math.ceil((end - startedAt) / 1000));
}

/** Of what is drawn: the percentiles of each second, and failed requests. */
function timeRange(
  requests: readonly RequestSample[],
  perSecond: readonly (readonly RequestSample[])[],
): readonly [number, number] {
  let [low, high] = [Infinity, 0];
  const reach = (ms: number | undefined) => {
    if (ms === undefined) return;
    low = Math.min(low, plottable(ms));
    high = Math.max(high, plottable(ms));
  };
  for (const samples of perSecond) {
    const times = answeredTimes(samples);
    reach(percentile(times, 0.5));
    reach(percentile(times, 0.95));
  }
  for (const { failure, elapsedMs } of requests) if (failure !== undefined) reach(elapsedMs);
  if (high === 0) return [1, 1000];
  const from = 10 ** Math.floor(Math.log10(low));
  return [from, Math.max(from * 10, 10 ** Math.ceil(Math.log10(high)))];
}

/** A logarithmic axis has no zero: everything faster than a tenth of a millisecond is drawn there. */
function plottable(ms: number): number {
  return Math.max(0.1, Math.round(ms * 100) / 100);
}

function since(data: CurveData, at: number): number {
  return Math.round(at - data.startedAt) / 1000;
}

/** A name as it can stand in a picture: no control characters, which XML does not allow, and not endless. */
export function shown(name: string, length = NAME_LENGTH): string {
  const text = name.replace(/[\p{Cc}\p{Cf}\p{Cs}\uFFFE\uFFFF]+/gu, ' ').trim();
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
