import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { isScopeName, type ScopeName } from './operation-path.js';

/** The names that paths of one diagram session start from. `new` is set by `Class++`. */
export interface Scope {
  this?: Component;
  arg?: Component;
  new?: Component;
}

/** The head of a path that stands for every component but the hosts. */
export const ALL = 'all';
/** The head of a path that stands for every VM. */
export const VMS = 'vms';
/** The head of a path that stands for every host. */
export const HOSTS = 'hosts';

/** Segments that follow the nature of a component rather than the deployment's names, which win over them. */
export const RELATIONS: Readonly<Record<string, (component: Component) => readonly Component[]>> = {
  /** What is on it or in it, at any depth. */
  inside: contentOf,
  /** Itself, then what is inside. */
  whole: (component) => [component, ...contentOf(component)],
  /** What is bound to it or to something inside it, from outside. */
  clients: (component) => {
    const whole = new Set([component, ...contentOf(component)]);
    return [...whole].flatMap(({ incoming }) => incoming.map(({ from }) => from)).filter((from) => !whole.has(from));
  },
};

/** All components that a path reaches now, without doubles; possibly none. Throws `unknown-component` for a name that stands for nothing. */
export function reachable(system: SystemRepresentation, scope: Scope, path: readonly string[]): readonly Component[] {
  const [head, ...rest] = path;
  if (head === undefined) return [];
  let reached: readonly Component[] = headOf(system, scope, head);
  for (const segment of rest) {
    const next = new Set<Component>();
    for (const component of reached) for (const found of stepOf(system, component, segment)) next.add(found);
    reached = [...next];
  }
  return reached;
}

/** As {@link reachable}. Throws `unknown-component` where the path reaches none. */
export function resolvePath(system: SystemRepresentation, scope: Scope, path: readonly string[]): readonly Component[] {
  const reached = reachable(system, scope, path);
  if (reached.length === 0) {
    throw new AttituneError('unknown-component', `The path "${path.join('.')}" reaches no component now.`);
  }
  return reached;
}

function headOf(system: SystemRepresentation, scope: Scope, head: string): readonly Component[] {
  if (isScopeName(head)) return [fromScope(scope, head)];
  if (!isNamed(system, head)) {
    if (head === ALL) return system.components.filter(({ kind }) => kind !== 'host');
    if (head === VMS) return system.components.filter(({ kind }) => kind === 'vm');
    if (head === HOSTS) return system.components.filter(({ kind }) => kind === 'host');
  }
  return system.step(undefined, head);
}

function stepOf(system: SystemRepresentation, component: Component, segment: string): readonly Component[] {
  const relation = Object.hasOwn(RELATIONS, segment) ? RELATIONS[segment] : undefined;
  const named = isNamed(system, segment) || component.interfaces.some(({ name }) => name === segment);
  return relation && !named ? relation(component) : system.step(component, segment);
}

function isNamed({ deployment }: SystemRepresentation, name: string): boolean {
  return (
    deployment.classes.some((candidate) => candidate.name === name) ||
    deployment.hostFamilies.some((family) => family.name === name)
  );
}

function contentOf(component: Component): readonly Component[] {
  return [...component.content].flatMap((child) => [child, ...contentOf(child)]);
}

function fromScope(scope: Scope, name: ScopeName): Component {
  const component = scope[name];
  if (component) return component;
  const reason = {
    this: 'the diagram was not started by an event of a component',
    arg: 'the argument of the event names no component',
    new: 'nothing was created with "++" before',
  }[name];
  throw new AttituneError('unknown-component', `"${name}" stands for nothing here: ${reason}.`);
}
