import { AttituneError } from '../model/errors.js';
import type { DeploymentDiagram, VariableSetting } from '../model/deployment.js';
import type { Diagram } from '../model/diagram.js';
import type { Scenario } from '../model/scenario.js';
import { readDeployment } from '../../diagrams/deployment/read-deployment.js';
import { readScenario } from '../../diagrams/scenario/read-scenario.js';
import { suggest } from '../xml/index.js';
import { checkExpectations } from './report/expectations.js';
import { measureNames } from './report/measures.js';
import { scenarioEventNames } from './scenario/event-names.js';
import { withPackages } from './inside-packages.js';
import { checkSystem, type Plugins } from './validation/check-system.js';

export interface LoadedDeployment {
  readonly deployment: DeploymentDiagram;
  readonly diagrams: ReadonlyMap<string, Diagram>;
}

/**
 * A deployment with all its diagrams, checked against what is installed. Everything that is wrong comes back at once.
 * `set` are values for its variables.
 */
export function loadDeployment(
  file: string,
  pluginsFor: (file: string) => Plugins,
  set: readonly VariableSetting[] = [],
): { loaded?: LoadedDeployment; errors: readonly AttituneError[] } {
  const { deployment, errors } = readDeployment(file, { set });
  if (!deployment) return { errors };
  const plugins = pluginsFor(deployment.file);
  const check = checkSystem(deployment, plugins);
  return check.errors.length === 0
    ? { loaded: { deployment: withPackages(deployment, plugins.wrappers), diagrams: check.diagrams }, errors: [] }
    : { errors: byPlace(check.errors) };
}

/** A scenario with its deployment; what `set` gives goes before what the scenario sets. */
export function loadScenario(
  file: string,
  pluginsFor: (file: string) => Plugins,
  set: readonly VariableSetting[] = [],
): { scenario?: Scenario; loaded?: LoadedDeployment; errors: readonly AttituneError[] } {
  const { scenario, errors } = readScenario(file);
  if (!scenario) return { errors };
  const settings = [...scenario.variables, ...set];
  const { deployment } = readDeployment(scenario.deployment, { set: settings });
  const phases = scenario.load?.phases.map(({ name }) => name) ?? [];
  // of a deployment that cannot be read nobody knows the hosts
  const { loaded, errors: others } = loadDeployment(scenario.deployment, pluginsFor, settings);
  const events = loaded ? scenarioEventNames(scenario, loaded.deployment, loaded.diagrams) : [];
  const checked = scenario.expectations.filter(
    ({ that, to }) =>
      (deployment ?? !/^(?:vms|role|reading)\./.test(that)) && (loaded ?? !/^event\./.test(`${that} ${to}`)),
  );
  const found = [
    ...errors,
    ...checkExpectations(
      checked,
      measureNames(
        phases,
        hostsOf(deployment),
        events,
        deployment?.probes.map(({ name }) => name),
      ),
    ),
  ];
  const { load } = scenario;
  if (deployment && load && !deployment.classes.some(({ name }) => name === load.target)) {
    const names = deployment.classes.map(({ name }) => name);
    found.push(
      new AttituneError(
        'unknown-class',
        `the load's target "${load.target}" is no component class.${suggest(load.target, names)}`,
        { place: load.place },
      ),
    );
  }
  found.push(...others);
  return found.length === 0 && loaded ? { scenario, loaded, errors: [] } : { errors: byPlace(found) };
}

function hostsOf(deployment: DeploymentDiagram | undefined): readonly string[] {
  return deployment?.hostFamilies.flatMap(({ hosts }) => hosts.map(({ name }) => name)) ?? [];
}

/** File by file, in the order of the first error of each, and by place within a file. */
function byPlace(errors: readonly AttituneError[]): readonly AttituneError[] {
  const files = [...new Set(errors.map(({ place }) => place?.file))];
  const rank = ({ place }: AttituneError) => [files.indexOf(place?.file), place?.line ?? 0, place?.column ?? 0];
  return [...errors].sort((a, b) => rank(a).reduce((order, value, index) => order || value - (rank(b)[index] ?? 0), 0));
}
