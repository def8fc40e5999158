import { expect } from 'chai';
import fc from 'fast-check';
import { Component } from '../../../core/model/component.js';
import { AttituneError, type ErrorCode } from '../../../core/model/errors.js';
import type { InterfaceType } from '../../../core/model/interface-type.js';

function clientInterface(name: string, rest: Partial<InterfaceType> = {}): InterfaceType {
  return {
    name,
    role: 'client',
    contingency: 'mandatory',
    cardinality: 'singleton',
    bounds: { lower: 1, upper: 1 },
    ...rest,
  };
}

function component(name: string, interfaces: InterfaceType[] = []): Component {
  return new Component({ name, className: 'Any', kind: 'software', interfaces });
}

function composite(...children: Component[]): Component {
  const parent = component('composite');
  for (const child of children) parent.add(child);
  return parent;
}

function codeOf(run: () => unknown): ErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return AttituneError.from(error).code;
  }
}

describe("component: Fractal's contract", () => {
  it('is stopped when it is new', () => {
    expect(component('a').lifeCycle.state).to.equal('stopped');
  });

  it('does not start with an unbound mandatory client interface, and is then as before', () => {
    const a = component('a', [clientInterface('db')]);
    expect(codeOf(() => a.lifeCycle.enter('starting'))).to.equal('illegal-life-cycle');
    expect(a.lifeCycle.state).to.equal('stopped');
    expect(a.lifeCycle.expected).to.equal('stopped');
  });

  it('starts with an unbound optional interface, and with a bound mandatory one', () => {
    const a = component('a', [clientInterface('log', { contingency: 'optional' }), clientInterface('db')]);
    const b = component('b');
    composite(a, b);
    a.bind('db', b);
    a.lifeCycle.enter('starting');
    a.lifeCycle.enter('started');
    expect(a.lifeCycle.state).to.equal('started');
  });

  it('refuses to unbind a singleton of a started component', () => {
    const a = component('a', [clientInterface('db')]);
    const b = component('b');
    composite(a, b);
    a.bind('db', b);
    a.lifeCycle.enter('starting');
    a.lifeCycle.enter('started');
    expect(codeOf(() => a.unbind('db', b))).to.equal('illegal-life-cycle');
    expect(a.lookup('db')).to.deep.equal([b]);
  });

  it('lets a collection of a started component shrink, but not below its lower bound', () => {
    const a = component('a', [
      clientInterface('workers', { cardinality: 'collection', bounds: { lower: 1, upper: Infinity } }),
    ]);
    const [b, c] = [component('b'), component('c')];
    composite(a, b, c);
    a.bind('workers', b);
    a.bind('workers', c);
    a.lifeCycle.enter('starting');
    a.lifeCycle.enter('started');
    a.unbind('workers', c);
    expect(codeOf(() => a.unbind('workers', b))).to.equal('illegal-life-cycle');
  });

  for (const [what, run] of [
    ['the same pair twice', (a: Component, b: Component) => (a.bind('db', b), a.bind('db', b))],
    ['an interface that does not exist', (a: Component, b: Component) => a.bind('nothing', b)],
    ['unbinding what is unbound', (a: Component, b: Component) => a.unbind('db', b)],
    [
      'a second binding of a singleton',
      (a: Component, b: Component, c: Component) => (a.bind('db', b), a.bind('db', c)),
    ],
    ['components of different composites', (a: Component) => a.bind('db', composite(component('x')))],
  ] as const) {
    it(`calls ${what} an illegal binding`, () => {
      const [a, b, c] = [component('a', [clientInterface('db')]), component('b'), component('c')];
      composite(a, b, c);
      expect(codeOf(() => run(a, b, c))).to.equal('illegal-binding');
    });
  }

  it('does not remove a sub-component that is still bound', () => {
    const [a, b] = [component('a', [clientInterface('db')]), component('b')];
    const parent = composite(a, b);
    a.bind('db', b);
    expect(codeOf(() => parent.remove(b))).to.equal('illegal-content');
    expect(parent.content.has(b)).to.equal(true);
    a.unbind('db', b);
    parent.remove(b);
    expect(b.parents.size).to.equal(0);
  });

  it('does not contain itself, at any depth', () => {
    const [a, b] = [component('a'), component('b')];
    a.add(b);
    expect(codeOf(() => a.add(a))).to.equal('illegal-content');
    expect(codeOf(() => b.add(a))).to.equal('illegal-content');
  });

  it('may be shared by several composites', () => {
    const shared = component('shared');
    const [one, two] = [composite(shared), composite(shared)];
    expect([...shared.parents]).to.deep.equal([one, two]);
    one.remove(shared);
    expect(two.content.has(shared)).to.equal(true);
  });
});

describe('component: properties', () => {
  const operation = fc.record({
    kind: fc.constantFrom('bind', 'unbind', 'start', 'stop', 'fail', 'remove', 'add'),
    from: fc.nat(3),
    to: fc.nat(3),
  });

  it('keeps both ends of every binding, the bounds and the scope, whatever is called in whatever order', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const bounds = { lower: 0, upper: 2 };
        const type = clientInterface('peers', { contingency: 'optional', cardinality: 'collection', bounds });
        const all = [0, 1, 2, 3].map((n) => component(`c${n}`, [type]));
        const parent = composite(...all);
        for (const { kind, from, to } of operations) {
          const [a, b] = [all[from]!, all[to]!];
          codeOf(() => {
            if (kind === 'bind') a.bind('peers', b);
            else if (kind === 'unbind') a.unbind('peers', b);
            else if (kind === 'remove') parent.remove(a);
            else if (kind === 'add') parent.add(a);
            else a.lifeCycle.enter(({ start: 'starting', stop: 'stopping', fail: 'failed' } as const)[kind]);
          });
        }
        for (const one of all) {
          expect(one.lookup('peers').length).to.be.at.most(2);
          expect(new Set(one.lookup('peers')).size).to.equal(one.lookup('peers').length);
          for (const binding of one.outgoing) {
            expect(binding.to.incoming).to.include(binding);
            expect([...one.parents].some((p) => binding.to.parents.has(p))).to.equal(true);
          }
          for (const binding of one.incoming) expect(binding.from.outgoing).to.include(binding);
        }
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});
