import { isScopeName } from '../../loop/operations/operation-path.js';
import { ALL, HOSTS, RELATIONS, VMS } from '../../loop/operations/scope.js';
import type { DeploymentDiagram, DiagramUse, PolicyUse } from '../../model/deployment.js';

/** What a path reaches, as far as that is known before anything runs. */
export interface Reached {
  /** Classes and host families; `undefined` where that depends on the run. */
  readonly classes: readonly string[] | undefined;
  /** The first segment that stands for nothing, where there is one. */
  readonly lost?: string;
}

/** The classes a path can reach; `made` are those that `new` can stand for. */
export function reachedClasses(
  path: readonly string[],
  deployment: DeploymentDiagram,
  use: DiagramUse | PolicyUse | undefined,
  made?: readonly string[],
): Reached {
  const [head = '', ...rest] = path;
  let current = head === 'new' ? made : headClasses(head, deployment, use);
  if (current?.length === 0) return { classes: current, lost: head };
  for (const segment of rest) {
    // what is inside, around or bound to a component depends on which one it is
    if (current === undefined || segment === 'node' || isRelation(segment, deployment)) return { classes: undefined };
    current = [...new Set(current.flatMap((name) => step(name, segment, deployment)))];
    if (current.length === 0) return { classes: current, lost: segment };
  }
  return { classes: current };
}

function headClasses(
  head: string,
  deployment: DeploymentDiagram,
  use: DiagramUse | PolicyUse | undefined,
): readonly string[] | undefined {
  if (isScopeName(head)) return scopeClasses(head, deployment, use);
  const named = known(head, deployment);
  // which classes are machines is for their wrappers to tell
  if (head === VMS && named.length === 0) return undefined;
  if (head === HOSTS && named.length === 0) return deployment.hostFamilies.map(({ name }) => name);
  return head === ALL && named.length === 0 ? deployment.classes.map(({ name }) => name) : named;
}

function isRelation(segment: string, deployment: DeploymentDiagram): boolean {
  const named = known(segment, deployment).length > 0 || deployment.associations.some(({ name }) => name === segment);
  return Object.hasOwn(RELATIONS, segment) && !named;
}

/** `this` is what a policy is for, or what the probes that raise the diagram's events are of; the rest depends on the event. */
function scopeClasses(
  name: string,
  deployment: DeploymentDiagram,
  use: DiagramUse | PolicyUse | undefined,
): readonly string[] | undefined {
  if (name !== 'this' || !use) return undefined;
  if (!('on' in use)) return use.for === undefined ? undefined : [use.for];
  const sources = use.on.map((event) => [
    ...deployment.probes.filter(({ detectors }) => detectors.some(({ raise }) => raise === event)).map(({ of }) => of),
    ...deployment.events.filter(({ name: outside }) => outside === event).flatMap(({ of }) => of ?? []),
  ]);
  // an event that no probe raises may be about anything
  return sources.length > 0 && sources.every((of) => of.length > 0) ? [...new Set(sources.flat())] : undefined;
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
