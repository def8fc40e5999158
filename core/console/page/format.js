/** Numbers and times as the page writes them. */

const two = (/** @type {number} */ value) => String(value).padStart(2, '0');

/** @param {number} at milliseconds since the epoch @param {boolean} seconds */
export function clock(at, seconds = true) {
  const date = new Date(at);
  const minutes = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return seconds ? `${minutes}:${two(date.getSeconds())}` : minutes;
}

/** @param {number | null | undefined} ratio */
export function percent(ratio) {
  return ratio === null || ratio === undefined ? '–' : `${Math.round(ratio * 100)} %`;
}

/** @param {number | null | undefined} ms */
export function milliseconds(ms) {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return '–';
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms > 0 && ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

/** A value in the unit of its series. @param {number | null | undefined} value @param {string} unit */
export function inUnit(value, unit) {
  if (unit === 'ratio') return percent(value);
  if (unit === 'ms') return milliseconds(value);
  return value === null || value === undefined ? '–' : `${Math.round(value * 100) / 100} ${unit}`;
}

/** How a life-cycle state is coloured; the word stands beside it. */
const TONES = {
  started: 'good',
  running: 'good',
  starting: 'busy',
  stopping: 'busy',
  migrating: 'busy',
  failed: 'bad',
  crashed: 'bad',
};

/** @param {string} state */
export function tone(state) {
  return Object.hasOwn(TONES, state) ? TONES[/** @type {keyof TONES} */ (state)] : 'calm';
}
