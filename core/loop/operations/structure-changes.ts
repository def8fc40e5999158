import type { Component } from '../../model/component.js';
import type { SystemRepresentation } from '../../model/system-representation.js';
import { growWhole, shrinkWhole } from '../../model/growing.js';
import type { CallContext } from './call-context.js';
import type { Journal } from '../journal.js';

/**
 * Growth and shrinking of the representation, as diagrams ask for it: done at once, entirely or not at all, and written
 * into the transaction.
 */
export class StructureChanges {
  constructor(
    private readonly parts: {
      readonly system: SystemRepresentation;
      readonly journal: Journal;
      /** Puts a new component on a node. */
      readonly placeNew: (component: Component) => void;
      /** Called after each change of the representation. */
      readonly changed: () => void;
    },
  ) {}

  /** `CLASS++`, with what belongs inside it. Throws `cardinality` or `no-capacity`. */
  grow(className: string, context: CallContext): { readonly name: string; readonly names: readonly string[] } {
    const { system, journal } = this.parts;
    const made = growWhole(system, className);
    const [component] = made as readonly [Component, ...Component[]];
    try {
      this.parts.placeNew(component);
    } catch (error) {
      for (const one of [...made].reverse()) system.remove(one);
      throw error;
    }
    context.scope.new = component;
    for (const one of made) {
      context.onCreated?.(one);
      context.transaction?.created(one.name);
      const node = system.nodeOf(one)?.name;
      journal.append('component', one.name, `${one.name} created${node ? ` on ${node}` : ''}`, {
        cause: context.cause,
      });
    }
    this.parts.changed();
    return { name: component.name, names: made.map(({ name }) => name) };
  }

  /** `CLASS--`, `this--`, with what is inside. Throws `cardinality`, `illegal-life-cycle` or `illegal-content`. */
  shrink(components: readonly Component[], context: CallContext): { readonly names: readonly string[] } {
    const names: string[] = [];
    try {
      for (const component of components) {
        for (const { name } of shrinkWhole(this.parts.system, component)) {
          names.push(name);
          context.transaction?.removed(name);
          this.parts.journal.append('component', name, `${name} removed`, { cause: context.cause });
        }
      }
    } finally {
      this.parts.changed();
    }
    return { names };
  }
}
