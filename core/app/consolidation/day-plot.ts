import { LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import type { DayResult, TickResult } from '../../consolidation/index.js';

use([LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

const WIDTH = 960;
const LEFT = 74;
const RIGHT = 26;
const TOP = 106;
const PANEL_HEIGHT = 128;
const PITCH = 182;

const INK = '#1f2933';
const MUTED = '#5b6773';
const GRID = '#e4e8ec';
/** After Okabe and Ito, for all kinds of colour vision; told apart by dash, too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#8a5a9e', '#8a6d00', '#3d6f8e'];
const DASHES = ['solid', 'dashed', 'dotted'] as const;
const DEMAND = 'demand';
/** Without quotes: the renderer writes it into an attribute as it is. */
const FONT = 'system-ui, -apple-system, Helvetica, Arial, sans-serif';

interface Panel {
  readonly title: string;
  readonly value: (tick: TickResult) => number;
}

const PANELS: readonly Panel[] = [
  { title: 'hosts that are on', value: ({ hostsOn }) => hostsOn },
  { title: 'power, kW', value: ({ watts }) => watts / 1000 },
  { title: 'demand, and capacity of the hosts that are on, 1000 MIPS', value: ({ capacity }) => capacity / 1000 },
  { title: 'migrations in each 5 minutes', value: ({ migrations }) => migrations },
];
const CAPACITY_PANEL = 2;
const FIRST_SECONDS = 3600;
const NOTE = 'The first hour goes beyond the top: the first placement, on all hosts, is undone.';

/**
 * One day as a picture, a line for each policy: a self-contained SVG file without scripts. The results must be of the same
 * day and hold their series.
 */
export function drawDay(results: readonly DayResult[]): string {
  const height = TOP + PANELS.length * PITCH - (PITCH - PANEL_HEIGHT) + 62;
  const chart = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    chart.setOption(option(results));
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

function option(results: readonly DayResult[]): EChartsCoreOption {
  const [first] = results;
  const tops = PANELS.map((_, index) => TOP + index * PITCH);
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: FONT, color: INK },
    aria: { enabled: false },
    title: [
      {
        text: first ? `${first.day}: ${first.vms} VMs, mode ${first.mode}` : 'No day',
        left: LEFT - 46,
        top: 14,
        textStyle: { fontSize: 17, fontWeight: 600, color: INK },
      },
      { text: NOTE, left: LEFT - 46, bottom: 4, textStyle: { fontSize: 11.5, fontWeight: 'normal', color: MUTED } },
      ...PANELS.map(({ title }, index) => ({
        text: title,
        left: LEFT - 46,
        top: (tops[index] ?? 0) - 28,
        textStyle: { fontSize: 12.5, fontWeight: 600, color: MUTED },
      })),
    ],
    legend: {
      data: [...results.map(({ policy }) => policy), DEMAND].map((name) => ({ name })),
      left: LEFT - 50,
      top: 44,
      itemWidth: 26,
      itemHeight: 8,
      itemGap: 20,
      selectedMode: false,
      textStyle: { color: INK, fontSize: 12 },
    },
    grid: tops.map((top) => ({ left: LEFT, right: RIGHT, top, height: PANEL_HEIGHT })),
    xAxis: PANELS.map((_, index) => hours(index, index === PANELS.length - 1)),
    yAxis: PANELS.map(({ value }, index) => ({
      gridIndex: index,
      type: 'value',
      min: 0,
      max: highest(results, value),
      splitNumber: 4,
      axisLabel: { color: MUTED, fontSize: 11 },
      axisLine: { show: false },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: GRID } },
    })),
    series: [
      ...PANELS.flatMap(({ value }, panel) =>
        results.map((result, index) => ({
          ...line(result.policy, panel, points(result.series, value)),
          lineStyle: { color: COLOURS[index % COLOURS.length], width: 1.5, type: DASHES[index % DASHES.length] },
          itemStyle: { color: COLOURS[index % COLOURS.length] },
        })),
      ),
      {
        ...line(
          DEMAND,
          CAPACITY_PANEL,
          points(first?.series, ({ demand }) => demand / 1000),
        ),
        lineStyle: { color: INK, width: 1 },
        itemStyle: { color: INK },
        areaStyle: { color: INK, opacity: 0.08 },
      },
    ],
  };
}

/**
 * The end of an axis: over what comes after the first hour, in which the benchmark's first placement on all hosts is undone,
 * and beside which the rest of the day would be a flat line.
 */
function highest(results: readonly DayResult[], value: Panel['value']): number {
  const ticks = results.flatMap(({ series = [] }) => series);
  const later = ticks.filter(({ seconds }) => seconds > FIRST_SECONDS);
  const most = (later.length > 0 ? later : ticks).reduce((top, tick) => Math.max(top, value(tick)), 0);
  const step = 10 ** Math.floor(Math.log10(Math.max(most, 1)));
  return Math.ceil((1.05 * most) / (step / 2)) * (step / 2) || 1;
}

function line(name: string, panel: number, data: readonly (readonly [number, number])[]): object {
  return { type: 'line', name, xAxisIndex: panel, yAxisIndex: panel, data, symbol: 'none', silent: true };
}

function points(
  series: readonly TickResult[] = [],
  value: (tick: TickResult) => number,
): readonly (readonly [number, number])[] {
  return series.map((tick) => [Math.round(tick.seconds / 36) / 100, Number(value(tick).toPrecision(6))]);
}

function hours(index: number, labelled: boolean): object {
  return {
    gridIndex: index,
    type: 'value',
    min: 0,
    max: 24,
    interval: 3,
    axisLine: { lineStyle: { color: MUTED } },
    axisTick: { show: labelled },
    splitLine: { show: false },
    axisLabel: { show: labelled, color: MUTED, fontSize: 11, formatter: '{value} h' },
  };
}
