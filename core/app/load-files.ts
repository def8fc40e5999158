import { AttituneError } from '../model/errors.js';
import type { DeploymentDiagram } from '../model/deployment.js';
import type { Diagram } from '../model/diagram.js';
import type { Scenario } from '../model/scenario.js';
import { readDeployment } from '../../diagrams/deployment/read-deployment.js';
import { readScenario } from '../../diagrams/scenario/read-scenario.js';
import { suggest } from '../xml/index.js';
import { checkExpectations } from './report/expectations.js';
import { measureNames } from './report/measures.js';
import { checkSystem, type Plugins } from './validation/check-system.js';

export interface LoadedDeployment {
  readonly deployment: DeploymentDiagram;
  readonly diagrams: ReadonlyMap<string, Diagram>;
}

/** A deployment with all its diagrams, checked against what is installed. Everything that is wrong comes back at once. */
export function loadDeployment(file: string, pluginsFor: (file: string) => Plugins): { loaded?: LoadedDeployment; errors: readonly AttituneError[] } {
  const { deployment, errors } = readDeployment(file);
  if (!deployment) return { errors };
  let plugins: Plugins;
  try {
    plugins = pluginsFor(deployment.file);
  } catch (error) {
    return { errors: failuresOf(error) };
  }
  const check = checkSystem(deployment, plugins);
  return check.errors.length === 0 ? { loaded: { deployment, diagrams: check.diagrams }, errors: [] } : { errors: check.errors };
}

/** A scenario with its deployment. */
export function loadScenario(
  file: string,
  pluginsFor: (file: string) => Plugins,
): { scenario?: Scenario; loaded?: LoadedDeployment; errors: readonly AttituneError[] } {
  const { scenario, errors } = readScenario(file);
  if (!scenario) return { errors };
  const found = [...checkExpectations(scenario.expectations, measureNames(scenario.load?.phases.map(({ name }) => name) ?? []))];
  const { loaded, errors: others } = loadDeployment(scenario.deployment, pluginsFor);
  found.push(...others);
  const target = scenario.load?.target;
  if (loaded && target !== undefined && !loaded.deployment.classes.some(({ name }) => name === target)) {
    const names = loaded.deployment.classes.map(({ name }) => name);
    found.push(new AttituneError('unknown-class', `the load's target "${target}" is no component class.${suggest(target, names)}`, { place: scenario.load!.place }));
  }
  return found.length === 0 && loaded ? { scenario, loaded, errors: [] } : { errors: found };
}

/** Several errors may come as one AggregateError. */
function failuresOf(error: unknown): readonly AttituneError[] {
  if (error instanceof AggregateError) return error.errors.map((one) => AttituneError.from(one));
  return [AttituneError.from(error)];
}
