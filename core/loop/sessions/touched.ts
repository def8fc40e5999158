import type { Component } from '../../model/component.js';
import type { Diagram } from '../../model/diagram.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import type { LockMode, LockSet } from './locks.js';
import { fillVariables, parseOperation, type Operation } from '../operations/operation-path.js';
import { GOALS } from '../planning/planner.js';
import { ALL, reachable, RELATIONS, type Scope } from '../operations/scope.js';

/** Stands for the system as a whole: exclusive where anything may be reached, shared by everyone else. */
const EVERYTHING = '*';

/** Operations that name their other end in a parameter. */
const REBINDING: ReadonlySet<string> = new Set(['bind', 'unbind']);
const MOVING: ReadonlySet<string> = new Set(['migrate', 'place']);

/**
 * Everything that a procedure may touch, found before it runs, so that two that change the same component never run at
 * once. What it changes is exclusive, with all that is inside; what that stands on, and what a path leads over, is shared.
 */
export function touchedBy(
  diagram: Diagram,
  system: SystemRepresentation,
  scope: Scope,
  variables: Readonly<Record<string, string>> = {},
): LockSet {
  const locks = new Locks(system, scope);
  if (scope.this) locks.change(scope.this);
  if (scope.arg) locks.change(scope.arg);
  const all = { ...diagram.constants, ...variables };
  for (const { src } of diagram.calls) locks.call(() => fillVariables(src, all));
  for (const path of diagram.sets ?? []) locks.write(() => fillVariables(path, all));
  return locks.all();
}

/** The same for a single call that is about to be made, as of a policy; a plan only looks. */
export function touchedByCall(
  src: string,
  system: SystemRepresentation,
  scope: Scope,
  variables: Readonly<Record<string, string>> = {},
): LockSet {
  const locks = new Locks(system, scope);
  if (!src.trim().startsWith('plan:')) locks.call(() => fillVariables(src, variables));
  return locks.all();
}

class Locks {
  readonly #modes = new Map<string, LockMode>();

  constructor(
    private readonly system: SystemRepresentation,
    private readonly scope: Scope,
  ) {}

  all(): LockSet {
    if (this.#modes.size > 0) this.#share(EVERYTHING);
    return this.#modes;
  }

  change(component: Component): void {
    // what happens to a VM happens to what is inside it
    this.#modes.set(component.name, 'exclusive');
    for (const child of component.content) this.change(child);
    for (let node = this.system.nodeOf(component); node; node = this.system.nodeOf(node)) this.#share(node.name);
  }

  call(source: () => string): void {
    let operation: Operation;
    try {
      const src = source();
      // a path that is computed while the diagram runs may reach anything
      if (src === '') {
        this.#everything();
        return;
      }
      operation = parseOperation(src);
    } catch {
      // what is no operation touches nothing; should it be called, it is refused
      return;
    }
    switch (operation.kind) {
      case 'plan':
        // a goal that moves VMs weighs all hosts against each other; one that reads the representation takes nothing
        if (GOALS[operation.goal]?.reads !== 'system') this.#everything();
        return;
      case 'grow':
        this.#changeClasses(operation.className);
        this.#shareNodesFor(operation.className);
        return;
      case 'shrink-class':
        this.#changeClasses(operation.className);
        this.#changeAll(this.system.instances(operation.className));
        return;
      case 'shrink':
        for (const component of this.#path(operation.path).flatMap((one) => RELATIONS['whole']?.(one) ?? [])) {
          for (const { to } of component.outgoing) this.change(to);
          for (const { from } of component.incoming) this.change(from);
        }
        return;
      case 'call': {
        const reached = this.#path(operation.path);
        if (REBINDING.has(operation.operation))
          for (const className of new Set(reached.map((component) => component.className)))
            this.#changePeers(className);
        // where to is a parameter: the target may be any host
        if (MOVING.has(operation.operation))
          for (const host of this.system.hostView.content) if (host.kind === 'host') this.#share(host.name);
      }
    }
  }

  /** What an attribute of is set: all that the path before its last segment reaches. */
  write(source: () => string): void {
    let path: string;
    try {
      path = source();
    } catch {
      return;
    }
    this.#path(
      path
        .split('.')
        .slice(0, -1)
        .map((segment) => segment.trim()),
    );
  }

  /** Instances of the class appear or go, and of each class inside it; so their peers change too. */
  #changeClasses(className: string): void {
    if (this.#modes.get(markOf(className)) === 'exclusive') return;
    this.#modes.set(markOf(className), 'exclusive');
    this.#changePeers(className);
    for (const { name, inside } of this.system.deployment.classes) if (inside === className) this.#changeClasses(name);
  }

  /** Follows a path as it leads now; what it ends in is changed. */
  #path(path: readonly string[]): readonly Component[] {
    const [head, ...rest] = path;
    const last = rest.at(-1);
    let reached: readonly Component[] = [];
    if (head === 'new') {
      // it does not exist yet, and is locked once it does; where a path leads on to from it, its last name tells
      reached = last === undefined ? [] : this.#possible(last);
    } else if (head === ALL && !this.#isClass(head)) {
      this.#everything();
    } else {
      this.#shareClass(head);
      for (let length = 1; length <= path.length; length += 1) {
        for (const component of reached) this.#share(component.name);
        reached = this.#reached(path.slice(0, length));
        if (reached.length === 0) this.#shareClass(path[length - 1]);
      }
    }
    this.#changeAll(reached);
    return reached;
  }

  #reached(path: readonly string[]): readonly Component[] {
    try {
      return reachable(this.system, this.scope, path);
    } catch {
      // a path that reaches nothing now touches nothing; should it be called, the operation itself reports it
      return [];
    }
  }

  /** Everything that a step over an association, a class or `node` could end in, beyond what is new itself or its peer. */
  #possible(segment: string): readonly Component[] {
    if (Object.hasOwn(RELATIONS, segment) && !this.#isClass(segment)) return [];
    const { associations } = this.system.deployment;
    const ends = associations.filter(({ name }) => name === segment).flatMap(({ from, to }) => [from, to]);
    this.#shareClass(segment);
    return segment === 'node'
      ? this.system.components.filter(({ kind }) => kind !== 'software')
      : [segment, ...ends].flatMap((className) => this.system.instances(className));
  }

  #changePeers(className: string): void {
    for (const { to } of this.system.associationsFrom(className)) this.#changeAll(this.system.instances(to));
    for (const { from } of this.system.associationsTo(className)) this.#changeAll(this.system.instances(from));
  }

  #changeAll(components: readonly Component[]): void {
    for (const component of components) this.change(component);
  }

  /** One of them will carry the new instance. */
  #shareNodesFor(className: string): void {
    const description = this.system.deployment.classes.find(({ name }) => name === className);
    const under = description?.inside ?? description?.hosts;
    if (under !== undefined) for (const node of this.system.instances(under)) this.#share(node.name);
  }

  #everything(): void {
    this.#modes.set(EVERYTHING, 'exclusive');
    for (const component of this.system.components) this.#modes.set(component.name, 'exclusive');
  }

  /** No instance of the class is to appear or go meanwhile. */
  #shareClass(name: string | undefined): void {
    if (name !== undefined && this.#isClass(name)) this.#share(markOf(name));
  }

  #isClass(name: string): boolean {
    return this.system.deployment.classes.some((candidate) => candidate.name === name);
  }

  #share(name: string): void {
    if (!this.#modes.has(name)) this.#modes.set(name, 'shared');
  }
}

/** The lock of the set of a class's instances; no component has such a name. */
function markOf(className: string): string {
  return `${className}*`;
}
