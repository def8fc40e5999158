import { GOALS } from '../../loop/planning/planner.js';
import type { DiagramUse, PolicyUse } from '../../model/deployment.js';
import type { Diagram } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import { parseDurationMs, parseInteger, parseRatio } from '../../model/quantity.js';
import { isScxmlDiagram } from '../../../diagrams/statechart/index.js';

/** How the values of a goal's parameters are read, where they are no names. */
const READERS: Readonly<Record<string, (text: string) => unknown>> = {
  below: parseRatio,
  minimumGain: parseRatio,
  threshold: parseRatio,
  busy: parseRatio,
  coolDown: parseDurationMs,
  hold: parseDurationMs,
  window: parseDurationMs,
  limit: (text) => parseInteger(text),
  least: (text) => parseInteger(text),
  most: (text) => (text === '*' ? Infinity : parseInteger(text)),
};

/**
 * Checks what a diagram gives to the goals that it plans for, where that is known before it runs: a text, or a variable
 * that the deployment sets. What the deployment set wrongly is told at its place, what the diagram has at the diagram's.
 */
export function checkGoalValues(diagram: Diagram, use: DiagramUse | PolicyUse): AttituneError[] {
  if (!isScxmlDiagram(diagram)) return [];
  const calls = diagram.chart.states.flatMap(({ invokes }) => invokes);
  return calls.flatMap(({ src, params }) => {
    const goal = typeof src === 'string' && src.startsWith('plan:') ? src.slice('plan:'.length) : '';
    if (!Object.hasOwn(GOALS, goal)) return [];
    return params.flatMap(({ name, expr }) => {
      const read = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
      if (!read) return [];
      const set = Object.hasOwn(use.parameters, expr.text) ? use.parameters[expr.text] : undefined;
      const text = set ?? /^(['"])([^'"\\]*)\1$/.exec(expr.text.trim())?.[2];
      const fault = text === undefined ? undefined : faultOf(() => read(text));
      if (!fault) return [];
      const message =
        set === undefined
          ? `plan:${goal} cannot read "${name}": ${fault.message}`
          : `the diagram ${diagram.name} cannot read "${expr.text}": ${fault.message}`;
      return [new AttituneError(fault.code, message, { place: set === undefined ? expr.place : use.place })];
    });
  });
}

function faultOf(read: () => unknown): AttituneError | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return AttituneError.from(error);
  }
}
