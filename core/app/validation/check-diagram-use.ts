import { checkChart } from '../../../diagrams/statechart/checking/index.js';
import { isScxmlDiagram } from '../../../diagrams/statechart/index.js';
import type { DiagramUse, PolicyUse } from '../../model/deployment.js';
import type { Diagram } from '../../model/diagram.js';
import { AttituneError } from '../../model/errors.js';
import { suggest } from '../../xml/index.js';
import { OUTSIDE_EVENTS } from './check-events.js';

/**
 * Checks a diagram in the part that a deployment gives it: a procedure must end and hears nothing from outside, a policy
 * hears the events that the system raises; and what the deployment sets must be a variable of the diagram.
 */
export function checkDiagramUse(
  use: DiagramUse | PolicyUse,
  diagram: Diagram,
  raised: ReadonlySet<string>,
): AttituneError[] {
  if (!isScxmlDiagram(diagram)) return [];
  const { chart } = diagram;
  const inPart =
    'on' in use
      ? checkChart(chart, { kind: 'procedure', outside: [] })
      : checkChart(chart, { kind: 'policy', outside: [...raised, ...fromPeople(diagram)] });
  return [...unknownParameters(use, diagram), ...inPart];
}

/** What a use of a diagram sets, and the diagram does not have. */
export function unknownParameters(use: Pick<DiagramUse, 'parameters' | 'place'>, diagram: Diagram): AttituneError[] {
  if (!isScxmlDiagram(diagram)) return [];
  const names = diagram.chart.data.map(({ id }) => id);
  return Object.keys(use.parameters)
    .filter((name) => !names.includes(name))
    .map((name) => {
      const message = `the diagram ${diagram.name} has no variable "${name}".${suggest(name, names)}`;
      return new AttituneError('unknown-variable', message, { place: use.place });
    });
}

/** Events that it hears and that may come from people and programs outside. */
function fromPeople({ hears }: Diagram): readonly string[] {
  return hears.filter((name) => name.startsWith(OUTSIDE_EVENTS));
}
