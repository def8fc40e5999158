/** The figures in the bar: what the load is and how it fares. */
import { byId, setText } from './dom.js';
import { milliseconds } from './format.js';

/** Requests come each second; older figures are no longer true. */
const STALE_MS = 4000;

/** @param {import('../view-state.js').ViewState} state */
export function drawFigures(state) {
  const last = state.requests.at(-1);
  const current = last && state.at - last.at <= STALE_MS ? last : undefined;
  const failed = state.requests.reduce((sum, { failed: count }) => sum + count, 0);
  setText(byId('phase'), current?.phase || '–');
  setText(byId('rate'), current ? String(Math.round(current.perSecond)) : '–');
  setText(byId('p95'), current && current.perSecond > 0 ? milliseconds(current.p95Ms) : '–');
  setText(byId('failed'), last ? String(failed) : '–');
  byId('failed-box').toggleAttribute('data-bad', failed > 0);
}
