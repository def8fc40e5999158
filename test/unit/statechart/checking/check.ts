import { checkChart, type ChartUse } from '../../../../diagrams/statechart/checking/index.js';
import { ScxmlEngine } from '../../../../diagrams/statechart/index.js';

/** What is wrong with a chart of these states, as `line code`; the states begin on line 1. */
export function wrongs(states: string, kind: ChartUse['kind'] = 'any', outside?: readonly string[]): string[] {
  const text = `<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" datamodel="ecmascript">${states}</scxml>`;
  const { diagram, errors } = new ScxmlEngine().readText(text, '/test.scxml');
  if (!diagram) throw new AggregateError(errors, errors.map(({ message }) => message).join('\n'));
  const use = { kind, ...(outside === undefined ? {} : { outside }) };
  return checkChart(diagram.chart, use).map(({ place, code }) => `${place?.line} ${code}`);
}
