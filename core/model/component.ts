import type { InterfaceType } from './interface-type.js';
import { AttituneError } from './errors.js';
import { LifeCycleController } from './life-cycle.js';

/** A link between a client and a server interface. */
export interface Binding {
  /** The client interface, and the navigation alias from `from` to `to`. */
  readonly name: string;
  readonly from: Component;
  readonly to: Component;
}

/** What a component is in the two views: a host, a VM (in both, and a host for what runs inside it), or software. */
export type ComponentKind = 'host' | 'vm' | 'software';

/**
 * One component with Fractal's controllers: name, component (interfaces), attribute, binding, content, super and
 * life cycle. A composite has content; a component may have several parents (sharing).
 */
export class Component {
  readonly name: string;
  readonly className: string;
  readonly kind: ComponentKind;
  readonly interfaces: readonly InterfaceType[];
  readonly lifeCycle: LifeCycleController;
  readonly #attributes = new Map<string, string>();
  readonly #outgoing: Binding[] = [];
  readonly #incoming: Binding[] = [];
  /** The same by name, since one component may have thousands. */
  readonly #targets = new Map<string, Set<Component>>();
  readonly #sources = new Map<string, Set<Component>>();
  readonly #content = new Set<Component>();
  readonly #parents = new Set<Component>();
  readonly #onChange: () => void;

  constructor(description: {
    readonly name: string;
    readonly className: string;
    readonly kind: ComponentKind;
    readonly interfaces?: readonly InterfaceType[];
    readonly attributes?: Readonly<Record<string, string>>;
    /** Called after each change of its attributes, bindings, content or life cycle. */
    readonly onChange?: () => void;
  }) {
    this.#onChange = description.onChange ?? (() => undefined);
    this.name = description.name;
    this.className = description.className;
    this.kind = description.kind;
    this.interfaces = description.interfaces ?? [];
    for (const [key, value] of Object.entries(description.attributes ?? {})) this.#attributes.set(key, value);
    this.lifeCycle = new LifeCycleController(
      this.name,
      (next) => {
        if (next === 'starting') this.#assertMandatoryBound();
      },
      this.#onChange,
    );
  }

  // attribute controller
  get attributes(): ReadonlyMap<string, string> {
    return this.#attributes;
  }
  /** Throws `unknown-attribute`. */
  attribute(name: string): string {
    const value = this.#attributes.get(name);
    if (value === undefined) {
      throw new AttituneError(
        'unknown-attribute',
        `${this.name} has no attribute "${name}" now; it has ${[...this.#attributes.keys()].sort().join(', ') || 'none'}.`,
      );
    }
    return value;
  }
  setAttribute(name: string, value: string): void {
    if (this.#attributes.get(name) === value) return;
    this.#attributes.set(name, value);
    this.#onChange();
  }
  removeAttribute(name: string): void {
    if (this.#attributes.delete(name)) this.#onChange();
  }

  // binding controller
  get outgoing(): readonly Binding[] {
    return this.#outgoing;
  }
  get incoming(): readonly Binding[] {
    return this.#incoming;
  }
  lookup(name: string): readonly Component[] {
    return [...(this.#targets.get(name) ?? [])];
  }
  /** The number of bindings of one client or server interface. */
  links(name: string, role: 'client' | 'server'): number {
    return (role === 'client' ? this.#targets : this.#sources).get(name)?.size ?? 0;
  }
  isBound(name: string, to: Component): boolean {
    return this.#targets.get(name)?.has(to) ?? false;
  }

  /**
   * Binds a client interface to another component. Throws `illegal-binding` for an unknown interface, the same pair
   * twice, an interface that takes no more, or components without a common parent.
   */
  bind(name: string, to: Component): Binding {
    const type = this.interfaces.find((candidate) => candidate.name === name && candidate.role === 'client');
    if (!type) throw new AttituneError('illegal-binding', `${this.name} has no client interface "${name}".`);
    if (this.isBound(name, to)) {
      throw new AttituneError('illegal-binding', `${this.name}.${name} is already bound to ${to.name}.`);
    }
    const upper = type.cardinality === 'singleton' ? 1 : type.bounds.upper;
    if (this.links(name, 'client') >= upper) {
      throw new AttituneError('illegal-binding', `${this.name}.${name} takes at most ${upper} bindings and has them.`);
    }
    if (!this.#sharesParent(to)) {
      throw new AttituneError(
        'illegal-binding',
        `${this.name} and ${to.name} are in no common composite, so they cannot be bound.`,
      );
    }
    const binding: Binding = { name, from: this, to };
    this.#outgoing.push(binding);
    to.#incoming.push(binding);
    entry(this.#targets, name).add(to);
    entry(to.#sources, name).add(this);
    this.#onChange();
    return binding;
  }

  /**
   * Throws `illegal-binding` for what is not bound, `illegal-life-cycle` while this component is started. `reverting` takes
   * a binding back that a failed procedure made: the component ran without it before, so it need not be stopped.
   */
  unbind(name: string, to: Component, { reverting = false }: { readonly reverting?: boolean } = {}): void {
    const index = this.#outgoing.findIndex((binding) => binding.name === name && binding.to === to);
    if (index < 0) throw new AttituneError('illegal-binding', `${this.name}.${name} is not bound to ${to.name}.`);
    const type = this.interfaces.find((candidate) => candidate.name === name);
    const state = this.lifeCycle.state;
    const leaves = this.links(name, 'client') - 1;
    // a collection may shrink while its owner runs, down to its lower bound: that is how a balancer loses a member
    const shrinks = type?.cardinality === 'collection' && leaves >= type.bounds.lower;
    if (state !== 'stopped' && state !== 'failed' && !shrinks && !reverting) {
      throw new AttituneError(
        'illegal-life-cycle',
        `${this.name} is ${state}: stop it before ${name} is unbound from ${to.name}.`,
      );
    }
    const [binding] = this.#outgoing.splice(index, 1);
    if (binding) to.#incoming.splice(to.#incoming.indexOf(binding), 1);
    this.#targets.get(name)?.delete(to);
    to.#sources.get(name)?.delete(this);
    this.#onChange();
  }

  // content and super controllers
  get content(): ReadonlySet<Component> {
    return this.#content;
  }
  get parents(): ReadonlySet<Component> {
    return this.#parents;
  }

  /** Throws `illegal-content` for a component that is there already, this one, or one that contains this one. */
  add(child: Component): void {
    if (this.#content.has(child))
      throw new AttituneError('illegal-content', `${child.name} is in ${this.name} already.`);
    if (child === this || child.contains(this)) {
      throw new AttituneError(
        'illegal-content',
        `${child.name} cannot be put into ${this.name}: it would contain itself.`,
      );
    }
    this.#content.add(child);
    child.#parents.add(this);
    this.#onChange();
  }

  /** Throws `illegal-content` for what is not there, or is bound to what stays here. */
  remove(child: Component): void {
    if (!this.#content.has(child)) throw new AttituneError('illegal-content', `${child.name} is not in ${this.name}.`);
    const still = [...child.#outgoing, ...child.#incoming].find((binding) => {
      const peer = binding.from === child ? binding.to : binding.from;
      return (
        this.#content.has(peer) && ![...child.#parents].some((parent) => parent !== this && peer.#parents.has(parent))
      );
    });
    if (still) {
      throw new AttituneError(
        'illegal-content',
        `${child.name} is still bound (${still.from.name}.${still.name} to ${still.to.name}): unbind it first.`,
      );
    }
    this.#content.delete(child);
    child.#parents.delete(this);
    this.#onChange();
  }

  /** True where `other` is somewhere inside this composite. */
  contains(other: Component): boolean {
    for (const child of this.#content) if (child === other || child.contains(other)) return true;
    return false;
  }

  #sharesParent(other: Component): boolean {
    for (const parent of this.#parents) if (other.#parents.has(parent)) return true;
    return false;
  }

  #assertMandatoryBound(): void {
    const unbound = this.interfaces.find(
      (type) =>
        type.role === 'client' &&
        type.contingency === 'mandatory' &&
        this.links(type.name, 'client') < Math.max(1, type.bounds.lower),
    );
    if (unbound) {
      throw new AttituneError(
        'illegal-life-cycle',
        `${this.name} cannot start: its interface "${unbound.name}" needs ${Math.max(1, unbound.bounds.lower)} binding(s) and has ${this.links(unbound.name, 'client')}.`,
      );
    }
  }
}

function entry(index: Map<string, Set<Component>>, name: string): Set<Component> {
  let found = index.get(name);
  if (!found) index.set(name, (found = new Set()));
  return found;
}
