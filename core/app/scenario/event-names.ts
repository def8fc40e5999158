import type { DeploymentDiagram } from '../../model/deployment.js';
import type { Diagram } from '../../model/diagram.js';
import type { Scenario } from '../../model/scenario.js';
import { raisedEvents } from '../validation/check-events.js';

/** Every event that may be raised while a scenario runs: those expectations can name. */
export function scenarioEventNames(
  { events }: Pick<Scenario, 'events'>,
  deployment: DeploymentDiagram,
  diagrams: ReadonlyMap<string, Diagram> = new Map(),
): readonly string[] {
  const heard = deployment.diagrams.flatMap(({ on }) => on);
  return [...new Set([...raisedEvents(deployment, diagrams), ...heard, ...events.map(({ name }) => name)])];
}
