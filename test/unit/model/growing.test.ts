import { expect } from 'chai';
import { forbidsWhole, growWhole, removableWhole, shrinkWhole } from '../../../core/model/growing.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { association, componentClass, deploymentOf, webDeployment } from '../../support/deployments.js';

function systemOf(deployment = webDeployment()): SystemRepresentation {
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  return system;
}

const names = (system: SystemRepresentation) =>
  system.components.filter(({ kind }) => kind !== 'host').map(({ name }) => name);

describe('growth of wholes', () => {
  it('makes a machine with what is in each machine, bound to its peers', () => {
    const system = systemOf();
    const made = growWhole(system, 'Machine');
    expect(made.map(({ name }) => name)).to.deep.equal(['Machine_3', 'Tomcat_3']);
    expect(system.nodeOf(made[1]!)).to.equal(made[0]);
    expect(
      system
        .component('Apache_1')
        .lookup('workers')
        .map(({ name }) => name),
    ).to.include('Tomcat_3');
  });

  it('does not guess what is inside where the deployment gives a number', () => {
    const system = systemOf(
      deploymentOf({
        classes: [
          componentClass('Machine', { wrapper: 'virtual-machine', initial: 2 }),
          componentClass('Tomcat', { inside: 'Machine', initial: 1 }),
        ],
      }),
    );
    expect(growWhole(system, 'Machine').map(({ name }) => name)).to.deep.equal(['Machine_3']);
  });

  it('makes nothing where what is inside finds no peer', () => {
    const system = systemOf(
      deploymentOf({
        classes: [
          componentClass('Apache'),
          componentClass('Machine', { wrapper: 'virtual-machine', initial: 2 }),
          componentClass('Tomcat', { inside: 'Machine' }),
        ],
        associations: [association('workers', 'Apache', '1', 'Tomcat', '1..2')],
      }),
    );
    const before = names(system);
    expect(() => growWhole(system, 'Machine')).to.throw('finds no peer with room');
    expect(names(system)).to.deep.equal(before);
  });

  it('removes a machine with what is inside, down to the lower bounds', () => {
    const system = systemOf();
    expect(removableWhole(system, 'Machine').name).to.equal('Machine_2');
    expect(shrinkWhole(system, system.component('Machine_2')).map(({ name }) => name)).to.deep.equal([
      'Tomcat_2',
      'Machine_2',
    ]);
    expect(names(system)).to.deep.equal(['Apache_1', 'Machine_1', 'Tomcat_1']);
    expect(forbidsWhole(system, system.component('Machine_1'))).to.equal('Apache_1 needs 1..* Tomcat (workers)');
    expect(() => removableWhole(system, 'Machine')).to.throw('No Machine may be removed');
    expect(() => shrinkWhole(system, system.component('Machine_1'))).to.throw(
      'Machine_1 cannot be removed: Apache_1 needs',
    );
  });

  it('removes nothing while something inside runs', () => {
    const system = systemOf();
    system.component('Tomcat_2').lifeCycle.enter('starting');
    expect(() => shrinkWhole(system, system.component('Machine_2'))).to.throw(
      'Tomcat_2 is starting: stop it before Machine_2 is removed',
    );
    expect(names(system)).to.have.length(5);
  });
});
