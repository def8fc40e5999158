import { LineChart, ScatterChart } from 'echarts/charts';
import {
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
} from 'echarts/components';
import { init, use } from 'echarts/core';
import type { EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { curveSeries, FAILED, shown, type CurveData } from './curve-series.js';

export type { CurveData };

use([
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TitleComponent,
  SVGRenderer,
]);

const WIDTH = 960;
const HEIGHT = 760;
const LEFT = 74;
const RIGHT = 26;

/** Top and height of each panel, and what its vertical axis says. */
const PANELS = [
  { top: 74, height: 132, title: 'requests per second' },
  { top: 272, height: 168, title: 'response time, ms' },
  { top: 506, height: 190, title: 'CPU of hosts, %' },
] as const;

const INK = '#1f2933';
const MUTED = '#5b6773';
const GRID = '#e4e8ec';
/** Without quotes: the renderer writes it into an attribute as it is. */
const FONT = 'system-ui, -apple-system, Helvetica, Arial, sans-serif';

/**
 * The run as a picture: a self-contained SVG file without scripts, for a report or a README. Three panels share one axis
 * of seconds: requests per second with the phases, response times with failed requests, and the CPU of the hosts with
 * the migrations. Data without any point gives a picture that says so.
 */
export function drawCurves(data: CurveData): string {
  const height = HEIGHT - raisedBy(data);
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption(isEmpty(data) ? emptyOption(data) : option(data));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function isEmpty({ requests, cpu, migrations }: CurveData): boolean {
  return requests.length === 0 && migrations.length === 0 && Object.values(cpu).every((points) => points.length === 0);
}

function emptyOption(data: CurveData): EChartsCoreOption {
  return {
    ...base(data),
    title: [
      heading(data),
      {
        text: 'No data: the run ended before the first request and the first reading.',
        left: 'center',
        top: 'middle',
        textStyle: { color: MUTED, fontSize: 15, fontWeight: 'normal' },
      },
    ],
  };
}

/** Without any load there is nothing to show of requests: the panel of the hosts is all of the picture. */
function raisedBy({ phases, requests }: CurveData): number {
  return phases.length === 0 && requests.length === 0 ? PANELS[2].top - PANELS[0].top : 0;
}

function option(data: CurveData): EChartsCoreOption {
  const series = curveSeries(data);
  const raised = raisedBy(data);
  const first = raised > 0 ? PANELS.length - 1 : 0;
  const panels = PANELS.slice(first).map((panel) => ({ ...panel, top: panel.top - raised }));
  const values = [
    { min: 0, boundaryGap: ['0%', '25%'], minInterval: 1, splitNumber: 4 },
    { type: 'log', min: series.timeRange[0], max: series.timeRange[1] },
    { min: 0, max: series.highestCpu, interval: 20 },
  ];
  const names = [[], series.timeNames, series.hostNames];
  return {
    ...base(data),
    title: [heading(data), ...panels.map((panel) => panelTitle(panel.title, panel.top))],
    legend: panels.map(({ top }, index) => legend(names[first + index] ?? [], top)),
    grid: panels.map(({ top, height }) => ({ left: LEFT, right: RIGHT, top, height })),
    xAxis: panels.map((_, index) => timeAxis(index, series.seconds, index === panels.length - 1)),
    yAxis: values.slice(first).map((settings, index) => valueAxis(index, settings)),
    series: series.series.flatMap((one) => inPanels(one, first)),
  };
}

/** A series in the panels from `first` on, or none where its own is not shown. */
function inPanels(series: object, first: number): object[] {
  const { xAxisIndex = 0 } = series as { readonly xAxisIndex?: number };
  const index = xAxisIndex - first;
  return index < 0 ? [] : [{ ...series, xAxisIndex: index, yAxisIndex: index }];
}

function base(data: CurveData): EChartsCoreOption {
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    aria: { enabled: false },
    color: [],
    useUTC: true,
    title: [heading(data)],
  };
}

function heading({ title }: CurveData): object {
  return {
    text: shown(title ?? '', 100),
    left: LEFT - 46,
    top: 14,
    textStyle: { fontSize: 17, fontWeight: 600, color: INK },
  };
}

function panelTitle(text: string, top: number): object {
  return { text, left: LEFT - 46, top: top - 30, textStyle: { fontSize: 12.5, fontWeight: 600, color: MUTED } };
}

function legend(names: readonly string[], top: number): object {
  return {
    data: names.map((name) => (name === FAILED ? name : { name, itemStyle: { opacity: 0 } })),
    right: RIGHT - 5,
    top: top - 30,
    itemWidth: 16,
    itemHeight: 8,
    itemGap: 16,
    selectedMode: false,
    textStyle: { color: INK, fontSize: 12 },
  };
}

function timeAxis(panel: number, seconds: number, last: boolean): object {
  return {
    gridIndex: panel,
    type: 'value',
    min: 0,
    max: seconds,
    name: last ? 'seconds since the start' : '',
    nameLocation: 'middle',
    nameGap: 30,
    nameTextStyle: { color: MUTED, fontSize: 12 },
    axisLine: { show: true, onZero: false, lineStyle: { color: '#aeb7c0' } },
    axisTick: { show: last, lineStyle: { color: '#aeb7c0' } },
    axisLabel: { show: last, color: MUTED, fontSize: 12, showMaxLabel: seconds % 10 === 0 },
    splitLine: { show: false },
  };
}

function valueAxis(panel: number, settings: object): object {
  return {
    gridIndex: panel,
    type: 'value',
    axisLabel: { color: MUTED, fontSize: 12, formatter: (value: number) => String(value) },
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: GRID } },
    ...settings,
  };
}
