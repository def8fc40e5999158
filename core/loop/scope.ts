import type { Component } from '../model/component.js';
import { AttituneError } from '../model/errors.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import { isScopeName, type ScopeName } from './operation-path.js';

/** The names that paths of one diagram session start from. `new` is set by `Class++`. */
export interface Scope {
  this?: Component;
  arg?: Component;
  new?: Component;
}

/** All components that a path reaches, without doubles. Throws `unknown-component` where it reaches none. */
export function resolvePath(system: SystemRepresentation, scope: Scope, path: readonly string[]): readonly Component[] {
  const [head, ...rest] = path;
  if (head === undefined) return [];
  let reached: readonly Component[] = isScopeName(head) ? [fromScope(scope, head)] : system.step(undefined, head);
  for (const segment of rest) {
    const next = new Set<Component>();
    for (const component of reached) for (const found of system.step(component, segment)) next.add(found);
    reached = [...next];
  }
  if (reached.length === 0) {
    throw new AttituneError('unknown-component', `The path "${path.join('.')}" reaches no component now.`);
  }
  return reached;
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
