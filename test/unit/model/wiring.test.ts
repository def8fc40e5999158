import { expect } from 'chai';
import fc from 'fast-check';
import type { DeploymentDiagram } from '../../../core/model/deployment.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { removableWhole, shrinkWhole } from '../../../core/model/growing.js';
import { grow, instantiate } from '../../../core/model/wiring.js';
import { association, componentClass, deploymentOf, webDeployment } from '../../support/deployments.js';

function systemOf(deployment: DeploymentDiagram): SystemRepresentation {
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  return system;
}

function names(components: readonly { name: string }[]): string[] {
  return components.map(({ name }) => name);
}

describe('wiring', () => {
  it('puts one Tomcat in each machine and binds them all to the one Apache', () => {
    const system = systemOf(webDeployment());
    const [apache] = system.instances('Apache');
    expect(names(apache!.lookup('workers'))).to.deep.equal(['Tomcat_1', 'Tomcat_2']);
    expect(system.nodeOf(system.component('Tomcat_2'))?.name).to.equal('Machine_2');
  });

  it('navigates by association, by class, through nodes, and never by a prefix of a name', () => {
    const system = systemOf(webDeployment());
    const tomcat = system.component('Tomcat_1');
    expect(names(system.step(tomcat, 'workers'))).to.deep.equal(['Apache_1']);
    expect(names(system.step(tomcat, 'Apache'))).to.deep.equal(['Apache_1']);
    expect(names(system.step(tomcat, 'node'))).to.deep.equal(['Machine_1']);
    expect(names(system.step(tomcat, 'Machine'))).to.deep.equal(['Machine_1']);
    expect(names(system.step(undefined, 'Tomcat'))).to.deep.equal(['Tomcat_1', 'Tomcat_2']);
    expect(() => system.step(undefined, 'Tom')).to.throw(AttituneError);
  });

  it('takes only as many links as the lower bound asks for, and leaves the rest as headroom', () => {
    const system = systemOf(
      deploymentOf({
        classes: [componentClass('Web'), componentClass('Db', { initial: 3 })],
        associations: [association('store', 'Web', '*', 'Db', '2..3')],
      }),
    );
    expect(names(system.component('Web_1').lookup('store'))).to.deep.equal(['Db_1', 'Db_2']);
  });

  it('spreads what must be linked over the sources with the fewest links', () => {
    const system = systemOf(
      deploymentOf({
        classes: [componentClass('Apache', { initial: 2 }), componentClass('Tomcat', { initial: 4 })],
        associations: [association('workers', 'Apache', '1', 'Tomcat', '1..*')],
      }),
    );
    expect(system.instances('Apache').map((apache) => apache.lookup('workers').length)).to.deep.equal([2, 2]);
  });

  it('says which association cannot be met', () => {
    const deployment = deploymentOf({
      classes: [componentClass('Web', { initial: 2 }), componentClass('Db')],
      associations: [association('store', 'Web', '1', 'Db', '1')],
    });
    expect(() => systemOf(deployment)).to.throw(AttituneError, /Unable to bind "store".*Web_2/);
  });

  it('grows with a link to every peer with room, and never uses a number twice', () => {
    const system = systemOf(webDeployment());
    const first = grow(system, 'Tomcat');
    expect(first.name).to.equal('Tomcat_3');
    expect(names(system.component('Apache_1').lookup('workers'))).to.include('Tomcat_3');
    shrinkWhole(system, first);
    expect(grow(system, 'Tomcat').name).to.equal('Tomcat_4');
  });

  it('rolls growth back where no peer has room', () => {
    const deployment = deploymentOf({
      classes: [componentClass('Web'), componentClass('Db')],
      associations: [association('store', 'Web', '1', 'Db', '1')],
    });
    const system = systemOf(deployment);
    expect(() => grow(system, 'Db')).to.throw(AttituneError, /Db_2 finds no peer with room/);
    expect(system.has('Db_2')).to.equal(false);
    expect(system.application.content.size).to.equal(4);
  });

  it('does not shrink below a lower bound', () => {
    const system = systemOf(webDeployment(1));
    expect(() => removableWhole(system, 'Tomcat')).to.throw(AttituneError, /lower bounds/);
    expect(() => shrinkWhole(system, system.component('Tomcat_1'))).to.throw(
      AttituneError,
      /Apache_1 needs 1\.\.\* Tomcat/,
    );
  });

  it('keeps all bounds for any cardinalities and any order of growing and shrinking', () => {
    const bound = fc.tuple(fc.nat(2), fc.nat(3)).map(([lower, more]) => ({ lower, upper: Math.max(1, lower + more) }));
    fc.assert(
      fc.property(
        fc.nat(3),
        fc.nat(4),
        bound,
        bound,
        fc.array(fc.constantFrom('+A', '-A', '+B', '-B'), { maxLength: 20 }),
        (a, b, fromCardinality, toCardinality, steps) => {
          const link = { ...association('link', 'A', '1', 'B', '1'), fromCardinality, toCardinality };
          const deployment = deploymentOf({
            classes: [componentClass('A', { initial: a }), componentClass('B', { initial: b })],
            associations: [link],
          });
          let system: SystemRepresentation;
          try {
            system = systemOf(deployment);
          } catch (error) {
            expect(AttituneError.is(error, 'cardinality')).to.equal(true);
            return;
          }
          const held = () => {
            for (const source of system.instances('A')) {
              expect(source.lookup('link').length).to.be.within(0, toCardinality.upper);
            }
            for (const target of system.instances('B'))
              expect(target.incoming.length).to.be.within(0, fromCardinality.upper);
          };
          for (const source of system.instances('A'))
            expect(source.lookup('link').length).to.be.at.least(toCardinality.lower);
          held();
          for (const step of steps) {
            const before = system.components.length;
            try {
              if (step.startsWith('+')) grow(system, step.slice(1));
              else shrinkWhole(system, removableWhole(system, step.slice(1)));
            } catch (error) {
              expect(AttituneError.is(error, 'cardinality')).to.equal(true);
              expect(system.components.length).to.equal(before);
            }
            held();
          }
        },
      ),
      { numRuns: 300, seed: 11 },
    );
  });
});

describe('system representation', () => {
  it('shares a machine between the application and the host view', () => {
    const system = systemOf(webDeployment());
    const machine = system.component('Machine_1');
    system.place(machine, system.component('host1'));
    expect(system.application.content.has(machine)).to.equal(true);
    expect(system.hostView.content.has(machine)).to.equal(true);
    expect(system.component('host1').content.has(machine)).to.equal(true);
    expect(system.hostOf(system.component('Tomcat_1'))?.name).to.equal('host1');
    system.place(machine, system.component('host2'));
    expect(system.component('host1').content.has(machine)).to.equal(false);
    expect(system.hostOf(system.component('Tomcat_1'))?.name).to.equal('host2');
  });

  it('does not remove what runs, nor a machine with something inside', () => {
    const system = systemOf(webDeployment());
    expect(() => system.remove(system.component('Machine_1'))).to.throw(AttituneError, /Tomcat_1 inside/);
    system.component('Machine_1').lifeCycle.enter('starting');
    expect(() => system.remove(system.component('Machine_1'))).to.throw(AttituneError, /stop it before/);
  });
});
