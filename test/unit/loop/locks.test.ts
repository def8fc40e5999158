import { expect } from 'chai';
import fc from 'fast-check';
import { LockTable, type HeldLocks, type LockMode } from '../../../core/loop/sessions/locks.js';
import { touchedBy, touchedByCall } from '../../../core/loop/sessions/touched.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { association, componentClass, deploymentOf } from '../../support/deployments.js';
import { diagramOf } from '../../support/loop.js';
import { procedureOf } from '../../support/procedures.js';

function lockSet(wanted: Readonly<Record<string, LockMode>>): ReadonlyMap<string, LockMode> {
  return new Map(Object.entries(wanted));
}

/** Asks for locks and writes down who has them. */
function table() {
  const locks = new LockTable();
  const holding = new Map<string, HeldLocks>();
  const begun: string[] = [];
  const ask = (name: string, wanted: Readonly<Record<string, LockMode>>) =>
    locks.acquire(
      () => lockSet(wanted),
      (held) => {
        begun.push(name);
        holding.set(name, held);
      },
    );
  const release = (name: string) => {
    const held = holding.get(name);
    holding.delete(name);
    held?.release();
  };
  return { locks, holding, begun, ask, release };
}

describe('locks', () => {
  it('let those who share it go together, and one who changes it alone', () => {
    const { ask, begun, release } = table();
    ask('a', { x: 'shared' });
    ask('b', { x: 'shared' });
    ask('c', { x: 'exclusive' });
    ask('d', { x: 'shared' });
    expect(begun).to.deep.equal(['a', 'b']);
    release('a');
    expect(begun).to.deep.equal(['a', 'b']);
    release('b');
    expect(begun).to.deep.equal(['a', 'b', 'c']);
    release('c');
    expect(begun).to.deep.equal(['a', 'b', 'c', 'd']);
  });

  it('do not let one pass that came later and wants what an earlier one waits for', () => {
    const { ask, begun, release } = table();
    ask('a', { x: 'exclusive' });
    ask('b', { x: 'exclusive', y: 'exclusive' });
    ask('c', { y: 'exclusive' });
    ask('d', { z: 'exclusive' });
    expect(begun).to.deep.equal(['a', 'd']);
    release('a');
    expect(begun).to.deep.equal(['a', 'd', 'b']);
  });

  it('are let go of by who no longer waits', () => {
    const { ask, begun } = table();
    ask('a', { x: 'exclusive' });
    const cancel = ask('b', { x: 'exclusive', y: 'exclusive' });
    ask('c', { y: 'exclusive' });
    cancel();
    expect(begun).to.deep.equal(['a', 'c']);
    cancel();
  });

  it('hold what was made meanwhile', () => {
    const { ask, begun, holding, release } = table();
    ask('a', { x: 'exclusive' });
    holding.get('a')?.add('new');
    ask('b', { new: 'exclusive' });
    expect(begun).to.deep.equal(['a']);
    release('a');
    expect(begun).to.deep.equal(['a', 'b']);
  });

  it('may be asked for and let go of while others begin', () => {
    const locks = new LockTable();
    const begun: number[] = [];
    const next = (depth: number) =>
      locks.acquire(
        () => lockSet({ x: 'exclusive' }),
        (held) => {
          begun.push(depth);
          if (depth < 100) next(depth + 1);
          held.release();
          held.release();
        },
      );
    next(0);
    expect(begun).to.have.length(101);
  });

  it('never conflict, starve nobody, keep the order for each component, and keep nobody waiting for nothing', () => {
    const wanted = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.constantFrom('shared' as const, 'exclusive' as const),
      { maxKeys: 4 },
    );
    const conflict = (one: Readonly<Record<string, LockMode>>, other: Readonly<Record<string, LockMode>>) =>
      Object.entries(one).some(
        ([name, mode]) => name in other && (mode === 'exclusive' || other[name] === 'exclusive'),
      );
    fc.assert(
      fc.property(
        fc.array(wanted, { maxLength: 30 }),
        fc.array(fc.nat(30), { maxLength: 60 }),
        (requests, releases) => {
          const { ask, begun, holding, release } = table();
          const asked: string[] = [];
          const check = () => {
            const held = [...holding.keys()];
            for (const one of held)
              for (const other of held)
                if (one !== other)
                  expect(conflict(requests[+one]!, requests[+other]!), `${one} and ${other}`).to.equal(false);
            const waiting = asked.filter((name) => !begun.includes(name));
            for (const name of waiting) {
              const before = [...held, ...waiting.filter((other) => +other < +name)];
              expect(
                before.some((other) => conflict(requests[+name]!, requests[+other]!)),
                `${name} waits`,
              ).to.equal(true);
            }
          };
          requests.forEach((request, index) => {
            ask(String(index), request);
            asked.push(String(index));
            check();
            const some = releases[index];
            const held = [...holding.keys()];
            if (some !== undefined && held.length > 0) release(held[some % held.length]!);
            check();
          });
          while (holding.size > 0) {
            const held = [...holding.keys()];
            release(held[(releases[held.length] ?? 0) % held.length]!);
            check();
          }
          expect(begun).to.have.length(requests.length);
          requests.forEach((request, index) =>
            requests.slice(0, index).forEach((earlier, before) => {
              if (conflict(request, earlier))
                expect(begun.indexOf(String(before))).to.be.lessThan(begun.indexOf(String(index)));
            }),
          );
        },
      ),
      { seed: 3, numRuns: 500 },
    );
  });
});

describe('what a procedure touches', () => {
  const deployment = deploymentOf({
    classes: [
      componentClass('Apache', { initial: 2 }),
      componentClass('Machine', { wrapper: 'virtual-machine', initial: 2 }),
      componentClass('Tomcat', { inside: 'Machine' }),
      componentClass('Cache', { initial: 0 }),
    ],
    associations: [association('workers', 'Apache', '0..1', 'Tomcat', '1')],
  });
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  system.place(system.component('Machine_1'), system.component('host1'));
  system.place(system.component('Machine_2'), system.component('host2'));
  const scope = { this: system.component('Tomcat_1') };
  const of = (src: string) => Object.fromEntries(touchedByCall(src, system, scope));

  it('is the component and what is inside; what it stands on stays as it is', () => {
    const machine = { Machine_1: 'exclusive', Tomcat_1: 'exclusive', host1: 'shared', '*': 'shared' };
    expect(of('this.start')).to.deep.equal({
      Tomcat_1: 'exclusive',
      Machine_1: 'shared',
      host1: 'shared',
      '*': 'shared',
    });
    expect(of('Machine_1.stop')).to.deep.equal(machine);
    expect(of('this.Machine.stop')).to.deep.equal(machine);
    expect(of('this.node.stop')).to.deep.equal(machine);
    expect(of('Machine_1.migrate')).to.deep.equal({ ...machine, host2: 'shared' });
  });

  it('is what a path leads over, which must lead there as long as it is needed', () => {
    expect(of('Apache_1.workers.start')).to.deep.include({ Apache_1: 'shared', Tomcat_1: 'exclusive' });
    expect(of('Apache.workers.start')).to.deep.include({
      'Apache*': 'shared',
      Apache_2: 'shared',
      Tomcat_2: 'exclusive',
    });
  });

  it('is every possible peer where something is made, bound or removed', () => {
    expect(of('Tomcat++')).to.deep.equal({
      'Tomcat*': 'exclusive',
      Apache_1: 'exclusive',
      Apache_2: 'exclusive',
      Machine_1: 'shared',
      Machine_2: 'shared',
      '*': 'shared',
    });
    expect(of('Apache_1.bind')).to.deep.include({
      Apache_1: 'exclusive',
      Tomcat_1: 'exclusive',
      Tomcat_2: 'exclusive',
    });
    expect(of('this--')).to.deep.include({ Tomcat_1: 'exclusive', Apache_1: 'exclusive' });
    expect(of('Tomcat--')).to.deep.include({ Tomcat_1: 'exclusive', Tomcat_2: 'exclusive', Apache_2: 'exclusive' });
  });

  it('is everything where nobody can tell: a path that is computed, a plan, or all', () => {
    const names = [...system.components.map(({ name }) => name), '*'];
    for (const src of ['', 'all.stop']) {
      expect(Object.keys(of(src))).to.have.members(names);
      expect(new Set(Object.values(of(src)))).to.deep.equal(new Set(['exclusive']));
    }
    const planned = touchedBy(procedureOf('p', ['plan:relieve']), system, scope);
    expect([...planned.keys()]).to.have.members(names);
    const computed = diagramOf(
      'c',
      `<state id="a"><invoke type="attitune" srcexpr="'Tomcat_1.start'"/></state><final id="end"/>`,
    );
    expect([...touchedBy(computed, system, scope).keys()]).to.have.members(names);
    // a policy looks before it touches
    expect(of('plan:relieve')).to.deep.equal({});
  });

  it('is what an attribute is set of', () => {
    const sets = procedureOf('s', [{ set: 'Apache_1.workers.zone' }]);
    expect(Object.fromEntries(touchedBy(sets, system, {}))).to.deep.include({
      Apache_1: 'shared',
      Tomcat_1: 'exclusive',
    });
  });

  it('is the class where there is nothing of it yet', () => {
    expect(of('Cache.start')).to.deep.equal({ 'Cache*': 'shared', '*': 'shared' });
    expect(of('Cache++')).to.deep.include({ 'Cache*': 'exclusive', host1: 'shared', host2: 'shared' });
    expect(of('Nothing.start')).to.deep.equal({});
    expect(of('new.start')).to.deep.equal({});
    expect(of('new.Apache.reload')).to.deep.include({ Apache_1: 'exclusive', Apache_2: 'exclusive' });
    expect(of('new.workers.start')).to.deep.include({ Apache_1: 'exclusive', Tomcat_1: 'exclusive' });
    expect(of('new.node.start')).to.deep.include({ Machine_1: 'exclusive', host2: 'exclusive' });
  });
});
