import { Component, type Binding } from './component.js';
import type { Association, Cardinality, ComponentClass, DeploymentDiagram } from './deployment.js';
import { AttituneError } from './errors.js';
import type { InterfaceType } from './interface-type.js';
import type { ComponentSnapshot, SystemSnapshot } from './bus.js';

/** Which class is a host for others (a VM), by the name of its wrapper. */
export type IsNode = (wrapper: string) => boolean;

/** The values that a wrapper gives to attributes that the deployment leaves out. */
export type Defaults = (wrapper: string) => Readonly<Record<string, string>>;

/**
 * The system representation (SR): every component, in two composites that share it. In `application` are software and
 * VMs with their bindings; in `hostView` are hosts and VMs, each containing what runs on it. It is the knowledge of the
 * control loop: reality is brought to it by operations, never by this class.
 */
export class SystemRepresentation {
  readonly deployment: DeploymentDiagram;
  readonly application: Component;
  readonly hostView: Component;
  readonly #components = new Map<string, Component>();
  readonly #instances = new Map<string, Set<Component>>();
  readonly #classes: ReadonlyMap<string, ComponentClass>;
  readonly #interfaces = new Map<string, readonly InterfaceType[]>();
  readonly #nodes = new Map<Component, Component>();
  readonly #counters = new Map<string, number>();
  readonly #isNode: IsNode;
  readonly #defaults: Defaults;
  readonly #listeners: (() => void)[] = [];
  /** The part of each component in the last snapshot, until it changes. */
  readonly #parts = new Map<string, SnapshotPart>();

  constructor(deployment: DeploymentDiagram, isNode: IsNode, defaults: Defaults = () => ({})) {
    this.deployment = deployment;
    this.#classes = new Map(deployment.classes.map((description) => [description.name, description]));
    this.#isNode = isNode;
    this.#defaults = defaults;
    this.application = new Component({
      name: `${deployment.name}/application`,
      className: 'composite',
      kind: 'software',
    });
    this.hostView = new Component({ name: `${deployment.name}/hosts`, className: 'composite', kind: 'host' });
    for (const family of deployment.hostFamilies) {
      for (const host of family.hosts) {
        const component = new Component({
          name: host.name,
          className: family.name,
          kind: 'host',
          attributes: { ...host.attributes, uri: host.uri, srname: host.name },
          onChange: () => this.#changedAt(host.name),
        });
        this.#keep(component);
        this.hostView.add(component);
        this.application.add(component);
        component.lifeCycle.enter('starting');
        component.lifeCycle.enter('started');
      }
    }
  }

  /** Calls `listener` after each change of any component; it must not throw. */
  onChange(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** Throws `unknown-component`. */
  component(name: string): Component {
    const found = this.#components.get(name);
    if (!found)
      throw new AttituneError(
        'unknown-component',
        `No component is named "${name}"; there are ${[...this.#components.keys()].join(', ')}.`,
      );
    return found;
  }
  has(name: string): boolean {
    return this.#components.has(name);
  }
  get components(): readonly Component[] {
    return [...this.#components.values()];
  }
  /** Instances of a class, or hosts of a family, oldest first. Class names are exact. */
  instances(className: string): readonly Component[] {
    return [...(this.#instances.get(className) ?? [])];
  }
  /** Throws `unknown-class`. */
  classOf(name: string): ComponentClass {
    const found = this.#classes.get(name);
    if (!found) throw new AttituneError('unknown-class', `No component class is named "${name}".`);
    return found;
  }

  /**
   * Creates an instance, unplaced and unbound. Its name, unless it is told, is `<Class>_<n>`; a number is never used
   * twice.
   */
  create(className: string, told?: string): Component {
    const description = this.classOf(className);
    const name = told ?? this.#numbered(className);
    return this.#make(name, description, { ...this.attributesOf(className), srname: name });
  }

  /** What a new instance of the class begins with. Throws `unknown-class`. */
  attributesOf(className: string): Readonly<Record<string, string>> {
    const { wrapper, attributes } = this.classOf(className);
    return { ...this.#defaults(wrapper), ...attributes };
  }

  #numbered(className: string): string {
    let number = this.#counters.get(className) ?? 0;
    do number += 1;
    while (this.has(`${className}_${number}`));
    this.#counters.set(className, number);
    return `${className}_${number}`;
  }

  /** The highest number that an instance of each class has had so far. */
  get counters(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counters);
  }
  /** Numbers up to `number` are used: the next instance of the class gets a higher one. */
  useNumbers(className: string, number: number): void {
    this.#counters.set(className, Math.max(number, this.#counters.get(className) ?? 0));
  }

  /** What the instances of a class are. Throws `unknown-class`. */
  kindOf(className: string): 'vm' | 'software' {
    return this.#isNode(this.classOf(className).wrapper) ? 'vm' : 'software';
  }

  /** Makes an instance that a former manager had made, unplaced, unbound and stopped. Throws `unknown-class`. */
  recreate({ name, class: className, attributes }: ComponentSnapshot): Component {
    return this.#make(name, this.classOf(className), attributes);
  }

  #make(name: string, description: ComponentClass, attributes: Readonly<Record<string, string>>): Component {
    const className = description.name;
    const kind = this.kindOf(className);
    const component = new Component({
      name,
      className,
      kind,
      interfaces: this.#interfacesOf(className),
      attributes,
      onChange: () => this.#changedAt(name),
    });
    this.#keep(component);
    this.application.add(component);
    if (kind === 'vm') this.hostView.add(component);
    this.#changed();
    return component;
  }

  /** Takes an instance out, with its bindings. Throws `illegal-life-cycle` while it runs, `illegal-content` while it is a node of others. */
  remove(component: Component): void {
    const state = component.lifeCycle.state;
    if (state !== 'stopped' && state !== 'failed') {
      throw new AttituneError('illegal-life-cycle', `${component.name} is ${state}: stop it before it is removed.`);
    }
    const [inside] = component.content;
    if (inside)
      throw new AttituneError(
        'illegal-content',
        `${component.name} still has ${inside.name} inside: remove that first.`,
      );
    for (const binding of [...component.incoming]) binding.from.unbind(binding.name, component);
    for (const binding of [...component.outgoing]) component.unbind(binding.name, binding.to);
    this.unplace(component);
    for (const parent of [...component.parents]) parent.remove(component);
    this.#components.delete(component.name);
    this.#parts.delete(component.name);
    this.#instances.get(component.className)?.delete(component);
    this.#changed();
  }

  // the host view
  /** Puts a component on a node (a host or a VM), taking it from its former one. */
  place(component: Component, node: Component): void {
    if (node.kind === 'software')
      throw new AttituneError('illegal-content', `${node.name} is software: nothing can be placed on it.`);
    this.unplace(component);
    node.add(component);
    this.#nodes.set(component, node);
    this.#parts.delete(component.name);
    component.setAttribute('nodeName', node.name);
  }
  unplace(component: Component): void {
    const node = this.#nodes.get(component);
    if (!node) return;
    node.remove(component);
    this.#nodes.delete(component);
    this.#parts.delete(component.name);
    component.removeAttribute('nodeName');
  }
  /** The node that a component is on; `undefined` before it is placed, and for hosts. */
  nodeOf(component: Component): Component | undefined {
    return this.#nodes.get(component);
  }
  /** The host under a component, through VMs; a host is its own. */
  hostOf(component: Component): Component | undefined {
    let current: Component | undefined = component;
    while (current && current.kind !== 'host') current = this.#nodes.get(current);
    return current;
  }
  /** The VM that a component is or is inside. */
  vmOf(component: Component): Component | undefined {
    let current: Component | undefined = component;
    while (current && current.kind !== 'vm') current = this.#nodes.get(current);
    return current;
  }

  // bindings
  associationsFrom(className: string): readonly Association[] {
    return this.deployment.associations.filter((association) => association.from === className);
  }
  associationsTo(className: string): readonly Association[] {
    return this.deployment.associations.filter((association) => association.to === className);
  }
  bindings(): readonly Binding[] {
    return this.components.flatMap((component) => component.outgoing);
  }

  /**
   * Components that one step of a path reaches from `origin`: an association's name (either way), a class name (those
   * linked to it, else those inside it or around it, else all of that class), or `node`.
   */
  step(origin: Component | undefined, segment: string): readonly Component[] {
    if (!origin) return this.has(segment) ? [this.component(segment)] : this.#known(segment);
    if (segment === 'node') {
      const node = this.nodeOf(origin);
      return node ? [node] : [];
    }
    const roles = origin.interfaces.filter((type) => type.name === segment).map(({ role }) => role);
    if (roles.includes('client')) return origin.lookup(segment);
    if (roles.includes('server'))
      return origin.incoming.filter((binding) => binding.name === segment).map((binding) => binding.from);
    const linked = [
      ...origin.outgoing.filter((binding) => binding.to.className === segment).map((binding) => binding.to),
      ...origin.incoming.filter((binding) => binding.from.className === segment).map((binding) => binding.from),
    ];
    if (linked.length > 0) return linked;
    const around = this.#around(origin, segment);
    if (around.length > 0) return around;
    // a class that is associated with this one but has no linked instance reaches nothing, rather than everything
    const associated = this.deployment.associations.some(
      (a) => (a.from === origin.className && a.to === segment) || (a.to === origin.className && a.from === segment),
    );
    return associated ? [] : this.#known(segment);
  }

  /** What did not change since the last snapshot is the same object in this one. */
  snapshot(at: number): SystemSnapshot {
    const parts = this.components.map((component) => this.#partOf(component));
    return {
      at,
      name: this.deployment.name,
      components: parts.map(({ component }) => component),
      bindings: parts.flatMap(({ bindings }) => bindings),
    };
  }

  #partOf(component: Component): SnapshotPart {
    const known = this.#parts.get(component.name);
    if (known) return known;
    const part = { component: this.#snapshotOf(component), bindings: component.outgoing.map(bindingSnapshot) };
    this.#parts.set(component.name, part);
    return part;
  }

  #snapshotOf(component: Component): ComponentSnapshot {
    const node = this.nodeOf(component);
    const { state, expected, failure } = component.lifeCycle;
    return {
      name: component.name,
      class: component.className,
      kind: component.kind,
      state,
      expected,
      ...(failure === undefined ? {} : { failure }),
      ...(node ? { node: node.name } : {}),
      attributes: Object.fromEntries(component.attributes),
    };
  }

  #changedAt(name: string): void {
    this.#parts.delete(name);
    this.#changed();
  }

  readonly #changed = (): void => {
    for (const listener of this.#listeners) listener();
  };

  #around(origin: Component, className: string): readonly Component[] {
    const inside = [...origin.content].filter((child) => child.className === className);
    if (inside.length > 0) return inside;
    let node = this.nodeOf(origin);
    while (node && node.className !== className) node = this.nodeOf(node);
    return node ? [node] : [];
  }

  #known(className: string): readonly Component[] {
    const isClass = this.#classes.has(className);
    const isFamily = this.deployment.hostFamilies.some((family) => family.name === className);
    if (!isClass && !isFamily)
      throw new AttituneError(
        'unknown-component',
        `"${className}" is no component, class, host family or association here.`,
      );
    return this.instances(className);
  }

  #keep(component: Component): void {
    this.#components.set(component.name, component);
    const known = this.#instances.get(component.className);
    if (known) known.add(component);
    else this.#instances.set(component.className, new Set([component]));
  }

  #interfacesOf(className: string): readonly InterfaceType[] {
    const known = this.#interfaces.get(className);
    if (known) return known;
    const client = this.associationsFrom(className).map((association) =>
      interfaceType(association.name, 'client', association.toCardinality),
    );
    const server = this.associationsTo(className).map((association) =>
      interfaceType(association.name, 'server', association.fromCardinality),
    );
    const all = [...client, ...server];
    this.#interfaces.set(className, all);
    return all;
  }
}

function interfaceType(name: string, role: 'client' | 'server', bounds: Cardinality): InterfaceType {
  return {
    name,
    role,
    contingency: bounds.lower > 0 ? 'mandatory' : 'optional',
    cardinality: bounds.upper > 1 ? 'collection' : 'singleton',
    bounds,
  };
}

interface SnapshotPart {
  readonly component: ComponentSnapshot;
  readonly bindings: SystemSnapshot['bindings'];
}

function bindingSnapshot({ name, from, to }: Binding): SystemSnapshot['bindings'][number] {
  return { name, from: from.name, to: to.name };
}
