import type { Chart } from './chart.js';
import { blocksOf, stepsOf } from './walk.js';

const STRINGS = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g;
const PURE_CALLS = /\b(?:Math\.(?!random\b)\w+|Number|Boolean|isNaN|isFinite|parseInt|parseFloat)\s*\(/g;
/** A call, an assignment, or another look at what changes by itself. */
const IMPURE =
  /[\p{ID_Continue}$)\]]\s*(?:\?\.)?\s*\(|(?<![=!<>])=(?![=>])|\+\+|--|=>|`|\b(?:In|Date|new|_sessionid)\b/u;

/**
 * Whether the states that an event leads to depend on that event alone. So it is, surely, where one state holds all
 * others and all transitions, these hear the same and have targets, the last one has no condition, and nothing is ever
 * assigned, sent, invoked or remembered. A chart of another shape may be without memory too; it is not looked into.
 */
export function isMemoryless(chart: Chart): boolean {
  const [outer, ...others] = chart.root.children;
  if (!outer || others.length > 0) return false;
  const heard = chart.transitions.filter(({ events }) => events.length > 0);
  const rest = chart.transitions.filter(({ events }) => events.length === 0);
  const last = heard.at(-1);
  return (
    last !== undefined &&
    last.cond === undefined &&
    heard.every(({ source, targets }) => source === outer && targets.length > 0) &&
    heard.every(({ events }) => events.join(' ') === last.events.join(' ')) &&
    rest.every((transition) => chart.states.some(({ initial }) => initial === transition)) &&
    chart.states.every((state) => {
      const { kind, invokes, histories, data } = state;
      const own = state === chart.root ? 0 : data.length;
      return kind !== 'history' && kind !== 'final' && invokes.length + histories.length + own === 0;
    }) &&
    chart.scripts.length === 0 &&
    blocksOf(chart).flatMap(stepsOf).length === 0 &&
    chart.expressions.every(({ text }) => !IMPURE.test(text.replace(STRINGS, "''").replace(PURE_CALLS, '(')))
  );
}
