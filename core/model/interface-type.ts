import type { Cardinality } from './deployment.js';

/** The type of one interface of a component (Fractal): what it is called and how it may be bound. */
export interface InterfaceType {
  readonly name: string;
  readonly role: 'client' | 'server';
  /** `mandatory` client interfaces must be bound before the component starts. */
  readonly contingency: 'mandatory' | 'optional';
  readonly cardinality: 'singleton' | 'collection';
  /** How many bindings it takes. */
  readonly bounds: Cardinality;
}
