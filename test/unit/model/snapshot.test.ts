import { expect } from 'chai';
import fc from 'fast-check';
import type { Component } from '../../../core/model/component.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { shrinkWhole } from '../../../core/model/growing.js';
import { grow, instantiate } from '../../../core/model/wiring.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';

/** The same as a snapshot, read from the components anew. */
function read(system: SystemRepresentation) {
  return {
    components: system.components.map((component) => ({
      name: component.name,
      state: component.lifeCycle.state,
      expected: component.lifeCycle.expected,
      failure: component.lifeCycle.failure,
      node: system.nodeOf(component)?.name,
      attributes: Object.fromEntries(component.attributes),
    })),
    bindings: system.bindings().map(({ name, from, to }) => `${from.name}.${name}=${to.name}`),
  };
}

const STEPS: readonly ((system: SystemRepresentation, component: Component, number: number) => void)[] = [
  (system, component) => void grow(system, component.className),
  (system, component) => shrinkWhole(system, component),
  (_, component, number) => component.setAttribute('a', String(number % 3)),
  (_, component) => component.removeAttribute('a'),
  (_, component) => component.lifeCycle.enter('starting'),
  (_, component) => component.lifeCycle.enter('started'),
  (_, component) => component.lifeCycle.enter('stopping'),
  (_, component) => component.lifeCycle.enter('failed', 'it broke'),
  (system, component, number) => system.place(component, system.component(number % 2 === 0 ? 'host1' : 'host2')),
  (system, component) => system.unplace(component),
  (system, component) => {
    for (const { to, name } of [...component.outgoing]) component.unbind(name, to);
    for (const target of system.instances('B')) component.bind('link', target);
  },
];

describe('a snapshot of the system representation', () => {
  it('is what the components are, whatever was done since the last one', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(STEPS.length - 1), fc.nat(20)), { maxLength: 40 }), (steps) => {
        const system = new SystemRepresentation(
          deploymentOf({
            classes: [componentClass('A', { initial: 2 }), componentClass('B', { initial: 2 })],
            associations: [association('link', 'A', '*', 'B', '0..3')],
          }),
          () => false,
        );
        instantiate(system);
        for (const [step, number] of steps) {
          const software = system.components.filter(({ kind }) => kind === 'software');
          const component = software[number % software.length];
          try {
            if (component) STEPS[step]?.(system, component, number);
          } catch {
            // what Fractal forbids changes nothing
          }
          const { components, bindings } = system.snapshot(0);
          expect({
            components: components.map(({ name, state, expected, failure, node, attributes }) => ({
              name,
              state,
              expected,
              failure,
              node,
              attributes,
            })),
            bindings: bindings.map(({ name, from, to }) => `${from}.${name}=${to}`),
          }).to.deep.equal(read(system));
        }
      }),
      { seed: 11 },
    );
  });

  it('shares with the last one what did not change', () => {
    const system = new SystemRepresentation(deploymentOf({}), () => false);
    const before = system.snapshot(0);
    system.component('host1').setAttribute('a', '1');
    const after = system.snapshot(1);
    expect(after.components[0]).to.not.equal(before.components[0]);
    expect(after.components[1]).to.equal(before.components[1]);
  });
});
