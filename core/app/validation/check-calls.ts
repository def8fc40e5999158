import { GOALS } from '../../loop/planner.js';
import { isScopeName, parseOperation } from '../../loop/operation-path.js';
import type { DeploymentDiagram, DiagramUse } from '../../model/deployment.js';
import type { Diagram } from '../../model/diagram.js';
import { AttituneError, type ErrorCode, type SourcePlace } from '../../model/errors.js';
import type { Wrapper } from '../../model/wrapper.js';
import { suggest } from '../../xml/index.js';

/** Checks every operation that a diagram invokes: classes, associations, operations, goals and parameters that do not exist. */
export function checkCalls(
  diagram: Diagram,
  deployment: DeploymentDiagram,
  wrapperOf: ReadonlyMap<string, Wrapper | undefined>,
  use: DiagramUse | undefined,
): AttituneError[] {
  const errors: AttituneError[] = [];
  const add = (code: ErrorCode, message: string, place: SourcePlace) =>
    errors.push(new AttituneError(code, message, { place }));
  for (const { src, params, place } of diagram.calls) {
    // a computed path is checked when it is called
    if (src === '') continue;
    let operation;
    try {
      operation = parseOperation(src);
    } catch (error) {
      add('unknown-operation', AttituneError.from(error).message, place);
      continue;
    }
    if (operation.kind === 'plan') {
      const goal = GOALS[operation.goal];
      if (!goal)
        add(
          'unknown-operation',
          `there is no goal "plan:${operation.goal}".${suggest(operation.goal, Object.keys(GOALS))}`,
          place,
        );
      else {
        const names = Object.keys(goal.parameters);
        for (const name of params) {
          if (!names.includes(name))
            add(
              'unknown-attribute',
              `plan:${operation.goal} takes no parameter "${name}".${suggest(name, names)}`,
              place,
            );
        }
      }
      continue;
    }
    if (operation.kind === 'grow' || operation.kind === 'shrink-class') {
      if (!wrapperOf.has(operation.className))
        add(
          'unknown-class',
          `there is no component class "${operation.className}".${suggest(operation.className, wrapperOf.keys())}`,
          place,
        );
      continue;
    }
    const classes = reachedClasses(operation.path, deployment, use);
    if (classes === undefined) continue;
    if (classes.length === 0) {
      add(
        'unknown-class',
        `the path "${operation.path.join('.')}" reaches nothing: "${operation.path.at(-1)}" is no class or association there.${suggest(operation.path.at(-1) ?? '', wrapperOf.keys())}`,
        place,
      );
      continue;
    }
    if (operation.kind !== 'call') continue;
    for (const name of classes) {
      const wrapper = wrapperOf.get(name);
      if (wrapper && !wrapper.operations.has(operation.operation)) {
        add(
          'unknown-operation',
          `the wrapper ${wrapper.name} of ${name} has no operation "${operation.operation}".${suggest(operation.operation, wrapper.operations.keys())}`,
          place,
        );
      }
    }
  }
  return errors;
}

/** The classes a path can reach; `undefined` where that depends on the run. */
function reachedClasses(
  path: readonly string[],
  deployment: DeploymentDiagram,
  use: DiagramUse | undefined,
): readonly string[] | undefined {
  const [head = '', ...rest] = path;
  let current = isScopeName(head) ? scopeClasses(head, deployment, use) : known(head, deployment);
  for (const segment of rest) {
    if (current === undefined || segment === 'node') return undefined;
    current = [...new Set(current.flatMap((name) => step(name, segment, deployment)))];
  }
  return current;
}

/** `this` is what the probes that raise the diagram's events are of; other names depend on the event. */
function scopeClasses(
  name: string,
  deployment: DeploymentDiagram,
  use: DiagramUse | undefined,
): readonly string[] | undefined {
  if (name !== 'this' || !use) return undefined;
  const sources = deployment.probes
    .filter(({ detectors }) => detectors.some(({ raise }) => use.on.includes(raise)))
    .map(({ of }) => of);
  return sources.length > 0 &&
    use.on.every((event) => deployment.probes.some(({ detectors }) => detectors.some(({ raise }) => raise === event)))
    ? sources
    : undefined;
}

function known(name: string, deployment: DeploymentDiagram): readonly string[] {
  if (deployment.classes.some((candidate) => candidate.name === name)) return [name];
  const family = deployment.hostFamilies.find(
    (candidate) => candidate.name === name || candidate.hosts.some((host) => host.name === name),
  );
  if (family) return [family.name];
  const instance = /^(.+)_\d+$/.exec(name)?.[1];
  return instance !== undefined && deployment.classes.some((candidate) => candidate.name === instance)
    ? [instance]
    : [];
}

function step(from: string, segment: string, deployment: DeploymentDiagram): readonly string[] {
  const association = deployment.associations.find(
    (candidate) => candidate.name === segment && (candidate.from === from || candidate.to === from),
  );
  if (association) return [association.from === from ? association.to : association.from];
  return known(segment, deployment);
}
