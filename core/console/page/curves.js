/** The curves: CPU of hosts and machines, and response times. */
import uPlot from './vendor/uplot/uPlot.esm.js';
import { byId, element, setText, svg } from './dom.js';
import { clock, inUnit, milliseconds, percent } from './format.js';
import { colourOf } from './palette.js';

const SHORTEST_MS = 60_000;
const LONGEST_MS = 600_000;
/** More lines than these nobody can tell apart. */
const MOST_CURVES = 8;

/**
 * @typedef {{name: string, unit: string, times: readonly number[], values: readonly (number | null)[], colour: string, width: number, dash: number[]}} Curve
 * @typedef {{plot: any, key: string}} Drawn
 */

/** @type {Map<string, Drawn>} */
const plots = new Map();

/** @param {import('../view-state.js').ViewState} state */
export function drawCurves(state) {
  const all = Object.values(state.series);
  const kinds = new Map((state.system?.components ?? []).map(({ name, kind }) => [name, kind]));
  const ranks = ['host', 'vm', 'software'];
  const rank = (/** @type {string} */ name) => ranks.indexOf(kinds.get(name) ?? 'software');
  const cpu = busiest(
    all.filter(({ measure, component }) => measure === 'cpu' && kinds.has(component)),
    kinds,
  );
  cpu.sort((a, b) => rank(a.component) - rank(b.component) || a.component.localeCompare(b.component, 'en'));
  const cpuCurves = cpu.map((series) => curve(series, kinds.get(series.component) ?? 'software'));
  drawPlot('cpu', state.at, percent, 1, cpuCurves);

  const times = busiest(
    all.filter(({ unit, component }) => unit === 'ms' && kinds.has(component)),
    kinds,
  );
  times.sort((a, b) => a.component.localeCompare(b.component, 'en'));
  const load = {
    name: 'p95 of requests',
    unit: 'ms',
    times: state.requests.map(({ at }) => at),
    values: state.requests.map(({ perSecond, p95Ms }) => (perSecond > 0 && Number.isFinite(p95Ms) ? p95Ms : null)),
    colour: '--ink',
    width: 2,
    dash: [],
  };
  const own = times.map((series) => curve(series, kinds.get(series.component) ?? 'software'));
  drawPlot('time', state.at, milliseconds, 10, load.times.length > 0 ? [load, ...own] : own);
}

/**
 * All of the series where they are few; of many, those of hosts; of many hosts, those that reached highest.
 *
 * @param {any[]} series
 * @param {Map<string, string>} kinds
 */
function busiest(series, kinds) {
  if (series.length <= MOST_CURVES) return series;
  const hosts = series.filter(({ component }) => kinds.get(component) === 'host');
  const highest = new Map((hosts.length > 0 ? hosts : series).map((one) => [one, Math.max(...one.values)]));
  return [...highest.keys()].sort((a, b) => (highest.get(b) ?? 0) - (highest.get(a) ?? 0)).slice(0, MOST_CURVES);
}

/** Hosts are drawn bold, what is in them thin and dashed. @param {any} series @param {'host' | 'vm' | 'software'} kind @returns {Curve} */
function curve({ component, unit, times, values }, kind) {
  const thin = kind !== 'host';
  return {
    name: component,
    unit,
    times,
    values,
    colour: colourOf(component, kind),
    width: thin ? 1.25 : 2.25,
    dash: thin ? [5, 3] : [],
  };
}

/**
 * @param {'cpu' | 'time'} id
 * @param {number} now
 * @param {(value: number | null | undefined) => string} format
 * @param {number} least the vertical axis reaches at least to here
 * @param {Curve[]} curves
 */
function drawPlot(id, now, format, least, curves) {
  const box = byId(`${id}-plot`);
  drawLegend(byId(`${id}-legend`), curves);
  const size = { width: box.clientWidth, height: box.clientHeight };
  const dark = matchMedia('(prefers-color-scheme: dark)').matches;
  const key = JSON.stringify([dark, curves.map(({ name, colour }) => [name, colour])]);
  const data = aligned(curves);
  const start = Math.max(now - LONGEST_MS, Math.min(now - SHORTEST_MS, ...curves.map(({ times }) => times[0] ?? now)));
  let drawn = plots.get(id);
  if (drawn?.key !== key) {
    drawn?.plot.destroy();
    drawn = { key, plot: new uPlot(options(size, format, least, curves), data, box) };
    plots.set(id, drawn);
  }
  const { plot } = drawn;
  if (plot.width !== size.width || plot.height !== size.height) plot.setSize(size);
  plot.batch(() => {
    plot.setData(data, false);
    plot.setScale('x', { min: start / 1000, max: Math.max(now, start + SHORTEST_MS) / 1000 });
  });
}

/** One time line for all; where one was not read at another's instant, its line goes on. @param {Curve[]} curves */
function aligned(curves) {
  if (curves.length === 0) return [[]];
  return uPlot.join(curves.map(({ times, values }) => [times.map((time) => time / 1000), [...values]]));
}

/**
 * @param {{width: number, height: number}} size
 * @param {(value: number | null | undefined) => string} format
 * @param {number} least
 * @param {Curve[]} curves
 */
function options(size, format, least, curves) {
  const style = getComputedStyle(document.documentElement);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    font: '11px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return {
    ...size,
    padding: [6, 30, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true },
      y: {
        range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ max) => [
          0,
          Math.max(least, (max || 0) * 1.05),
        ],
      },
    },
    axes: [
      {
        ...axis,
        size: 28,
        gap: 8,
        space: 70,
        grid: { show: false },
        values: (/** @type {any} */ _, /** @type {number[]} */ at) => at.map((second) => clock(second * 1000)),
      },
      {
        ...axis,
        size: 54,
        gap: 6,
        space: 26,
        values: (/** @type {any} */ _, /** @type {number[]} */ values) => values.map(format),
      },
    ],
    series: [
      {},
      ...curves.map((one) => ({
        label: one.name,
        stroke: colour(one.colour),
        width: one.width,
        dash: one.dash,
        points: { show: false },
      })),
    ],
  };
}

/** @param {HTMLElement} list @param {Curve[]} curves */
function drawLegend(list, curves) {
  const key = curves.map(({ name }) => name).join('\n');
  if (list.dataset.key !== key) {
    list.dataset.key = key;
    list.replaceChildren(...curves.map(legendItem));
  }
  curves.forEach((one, index) => {
    const value = list.children[index]?.querySelector('b');
    if (value) setText(value, inUnit(one.values.at(-1), one.unit));
  });
}

/** @param {Curve} one */
function legendItem({ name, colour, width, dash }) {
  const sample = svg('line', {
    x1: '0',
    x2: '20',
    y1: '4',
    y2: '4',
    stroke: `var(${colour})`,
    'stroke-width': String(width),
    'stroke-dasharray': dash.join(' '),
  });
  return element('li', {}, svg('svg', { viewBox: '0 0 20 8', 'aria-hidden': 'true' }, sample), name, element('b'));
}
