import type { Component } from '../model/component.js';
import type { Diagram } from '../model/diagram.js';
import type { SystemRepresentation } from '../model/system-representation.js';
import { isScopeName, parseOperation } from './operation-path.js';
import { resolvePath, type Scope } from './scope.js';

/** Every component that a procedure may touch, found before it runs, so that two that share one never run at once. */
export function touchedBy(diagram: Diagram, system: SystemRepresentation, scope: Scope): ReadonlySet<string> {
  const touched = new Set<string>();
  const add = (component: Component | undefined) => {
    if (!component) return;
    touched.add(component.name);
    // what happens to a VM happens to what is inside it, and needs its host
    const host = system.hostOf(component);
    if (host) touched.add(host.name);
    for (const child of component.content) touched.add(child.name);
  };
  add(scope.this);
  add(scope.arg);
  for (const { src } of diagram.calls) {
    for (const component of reached(src, system, scope)) add(component);
  }
  return touched;
}

function reached(src: string, system: SystemRepresentation, scope: Scope): readonly Component[] {
  // a path that is computed while the diagram runs, or a plan, may reach anything
  if (src === '' || src.startsWith('plan:')) return system.components;
  try {
    const operation = parseOperation(src);
    if (operation.kind === 'grow' || operation.kind === 'shrink-class') return system.instances(operation.className);
    if (operation.kind === 'plan') return system.components;
    if (operation.path[0] === 'new') return [];
    return resolvePath(system, scope, operation.path.slice(0, isScopeName(operation.path[0]) ? undefined : 1));
  } catch {
    // a path that reaches nothing now touches nothing; should it run, the operation itself reports it
    return [];
  }
}
