import { subjectOf } from '../../monitoring/probe-use.js';
import {
  GROUPS_ATTRIBUTE,
  MODE_ATTRIBUTE,
  type ComponentClass,
  type DeploymentDiagram,
} from '../../model/deployment.js';
import type { Diagram, DiagramEngine } from '../../model/diagram.js';
import { AttituneError, formatError, type SourcePlace } from '../../model/errors.js';
import type { DetectorRegistry, ProbeRegistry } from '../../model/probe.js';
import type { Wrapper, WrapperRegistry } from '../../model/wrapper.js';
import { diagramLibrary, stockName } from '../diagram-library.js';
import { suggest } from '../../xml/index.js';
import { checkCalls } from './check-calls.js';
import { checkDiagramUse } from './check-diagram-use.js';
import { checkGoalValues } from './check-goal-values.js';
import { checkEvents, raisedEvents } from './check-events.js';
import { checkHosts } from './check-hosts.js';
import { checkPolicyOfPeer } from './check-peer-policy.js';

export interface Plugins {
  readonly wrappers: WrapperRegistry;
  readonly engine: DiagramEngine;
  readonly probes: ProbeRegistry;
  readonly detectors: DetectorRegistry;
}

export { BUILT_IN_EVENTS } from './check-events.js';

export interface SystemCheck {
  /** The diagrams of the deployment that could be read, by file. */
  readonly diagrams: ReadonlyMap<string, Diagram>;
  readonly errors: readonly AttituneError[];
}

/** Checks a deployment against what is installed: wrappers, measures, detectors, and every diagram that it names. */
export function checkSystem(deployment: DeploymentDiagram, plugins: Plugins): SystemCheck {
  const errors: AttituneError[] = [];
  const wrapperOf = new Map<string, Wrapper | undefined>();
  for (const description of deployment.classes) {
    collect(errors, () => {
      const wrapper = plugins.wrappers.get(description.wrapper);
      wrapperOf.set(description.name, wrapper);
      errors.push(...checkWrapper(description, wrapper, plugins.wrappers));
    });
  }
  errors.push(...checkContainers(deployment, wrapperOf), ...checkHosts(deployment, wrapperOf));
  errors.push(...checkProbes(deployment, plugins));
  const diagrams = new Map<string, Diagram>();
  const peers = deployment.peers?.peers ?? [];
  for (const use of [...deployment.diagrams, ...deployment.policies, ...peers]) {
    if (diagrams.has(use.file)) continue;
    const reading = plugins.engine.read(use.file);
    errors.push(...reading.errors.map((error) => withPlace(error, use.file, use.place)));
    if (reading.diagram) diagrams.set(use.file, reading.diagram);
  }
  const raised = raisedEvents(deployment, diagrams);
  for (const use of [...deployment.diagrams, ...deployment.policies]) {
    const diagram = diagrams.get(use.file);
    if (!diagram) continue;
    errors.push(
      ...checkCalls(diagram, deployment, wrapperOf, use),
      ...checkGoalValues(diagram, use),
      ...checkDiagramUse(use, diagram, raised),
    );
  }
  for (const use of peers) {
    const diagram = diagrams.get(use.file);
    if (diagram) errors.push(...checkPolicyOfPeer(use, diagram));
  }
  // what a diagram raises and hears is known once it could be read
  const readable = [...deployment.diagrams, ...deployment.policies].every(({ file }) => diagrams.has(file));
  if (readable) errors.push(...checkEvents(deployment, diagrams, raised));
  const inDeployment = ({ place }: AttituneError) => place?.file === deployment.file;
  const ordered = [...errors.filter(inDeployment), ...errors.filter((error) => !inDeployment(error))];
  return { diagrams, errors: withoutDoubles(ordered) };
}

/** A diagram that is used twice is wrong twice in the same way. */
function withoutDoubles(errors: readonly AttituneError[]): AttituneError[] {
  return [...new Map(errors.map((error) => [formatError(error), error])).values()];
}

/** A diagram that cannot be found is the deployment's mistake: it names it. */
function withPlace(error: AttituneError, file: string, place: SourcePlace): AttituneError {
  if (error.code !== 'file-not-found') return error;
  const stock = stockName(file);
  const message =
    stock === undefined
      ? error.message
      : `the library has no diagram "${stock}".${suggest(
          stock,
          diagramLibrary().map(({ name }) => name),
        )}`;
  return new AttituneError(error.code, message, { place, cause: error });
}

function checkWrapper(
  description: ComponentClass,
  wrapper: Wrapper | undefined,
  wrappers: WrapperRegistry,
): AttituneError[] {
  if (!wrapper) {
    const message = `the class ${description.name} has an unknown wrapper "${description.wrapper}".${suggest(description.wrapper, wrappers.names())}`;
    return [new AttituneError('unknown-wrapper', message, { place: description.place })];
  }
  const errors: AttituneError[] = [];
  const names = wrapper.attributes.filter(({ runtime }) => runtime !== true).map(({ name }) => name);
  for (const name of Object.keys(description.attributes)) {
    if (names.includes(name) || name === MODE_ATTRIBUTE || name === GROUPS_ATTRIBUTE) continue;
    const message = `the wrapper ${wrapper.name} knows no attribute "${name}".${suggest(name, names)}`;
    errors.push(
      new AttituneError('unknown-attribute', message, {
        place: description.attributePlaces?.[name] ?? description.place,
      }),
    );
  }
  for (const { name, defaultValue, runtime } of wrapper.attributes) {
    if (defaultValue !== undefined || runtime === true || Object.hasOwn(description.attributes, name)) continue;
    const message = `the class ${description.name} lacks the attribute "${name}", which the wrapper ${wrapper.name} needs. Add <attribute name="${name}" value="…"/>.`;
    errors.push(new AttituneError('unknown-attribute', message, { place: description.place }));
  }
  if (description.hosts === undefined && wrapper.isNode) {
    errors.push(
      new AttituneError(
        'value',
        `the class ${description.name} is a virtual machine and cannot be inside another. Give it hosts="FAMILY".`,
        { place: description.place },
      ),
    );
  }
  return errors;
}

/** Only what is a host for others can have something inside. */
function checkContainers(
  { classes }: DeploymentDiagram,
  wrapperOf: ReadonlyMap<string, Wrapper | undefined>,
): AttituneError[] {
  return classes.flatMap(({ name, inside, place }) => {
    const container = inside === undefined ? undefined : wrapperOf.get(inside);
    if (!container || container.isNode) return [];
    const message = `${name} cannot be inside ${inside}, which is software (wrapper ${container.name}). Name a class of virtual machines, or give it hosts="FAMILY".`;
    return [new AttituneError('value', message, { place })];
  });
}

function checkProbes(deployment: DeploymentDiagram, { probes, detectors }: Plugins): AttituneError[] {
  const errors: AttituneError[] = [];
  for (const use of deployment.probes) {
    const probe = probes.get(use.measure);
    if (!probe) {
      errors.push(
        new AttituneError(
          'unknown-measure',
          `the probe ${use.name} has an unknown measure "${use.measure}".${suggest(use.measure, probes.measures())}`,
          { place: use.place },
        ),
      );
    } else {
      const names = probe.parameters.map(({ name }) => name);
      for (const name of Object.keys(use.parameters)) {
        if (names.includes(name)) continue;
        errors.push(
          new AttituneError('xml-attribute', `the measure ${use.measure} takes no "${name}".${suggest(name, names)}`, {
            place: use.place,
          }),
        );
      }
      for (const { name, required } of probe.parameters) {
        if (!required || Object.hasOwn(use.parameters, name)) continue;
        errors.push(
          new AttituneError('xml-attribute', `the measure ${use.measure} needs ${name}="…".`, { place: use.place }),
        );
      }
      collect(errors, () => probe.check?.(use.parameters, use.place));
    }
    for (const { type, parameters, place } of use.detectors) {
      const detector = detectors.get(type);
      if (!detector) {
        errors.push(
          new AttituneError(
            'unknown-detector',
            `there is no detector of type "${type}".${suggest(type, detectors.types())}`,
            { place },
          ),
        );
        continue;
      }
      collect(errors, () => {
        detector.configure(parameters, use.everyMs, place, probe && subjectOf(use, probe));
      });
    }
  }
  return errors;
}

function collect(errors: AttituneError[], check: () => void): void {
  try {
    check();
  } catch (error) {
    // a file may be wrong in several ways, and be used by several classes
    const thrown = error instanceof AggregateError ? (error.errors as unknown[]) : [error];
    for (const one of thrown.map((each) => AttituneError.from(each))) if (!errors.includes(one)) errors.push(one);
  }
}
