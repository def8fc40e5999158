import { expect } from 'chai';
import { planFor } from '../../../core/loop/planning/planner.js';
import type { Scope } from '../../../core/loop/operations/scope.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import type { Cluster } from '../../../core/placement/cluster.js';
import { association, componentClass, deploymentOf, webDeployment } from '../../support/deployments.js';

const AT = 1_000_000;

function ground(deployment = webDeployment(3), scope: (system: SystemRepresentation) => Scope = () => ({})) {
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  for (const vm of system.instances('Machine')) system.place(vm, system.component('host1'));
  const hosts = ['host1', 'host2'].map((name) => ({ name, cpuCapacity: 1, memoryMiB: 4096, accepting: true }));
  const cluster: Cluster = { at: AT, hosts, vms: [] };
  return { system, cluster, scope: scope(system) };
}

describe('plan:order', () => {
  it('puts machines before what is inside, and servers before their clients', () => {
    const { layers, names, clients } = planFor('order', ground(), {});
    expect(layers).to.deep.equal([
      ['Machine_1', 'Machine_2', 'Machine_3'],
      ['Tomcat_1', 'Tomcat_2', 'Tomcat_3'],
      ['Apache_1'],
    ]);
    expect(names).to.have.length(7);
    expect(clients).to.deep.equal([]);
  });

  it('takes one whole, several, or all that is on a host, and names their clients', () => {
    const order = (path: string) => planFor('order', ground(), { of: path });
    expect(order('Machine_2')).to.deep.include({ layers: [['Machine_2'], ['Tomcat_2']], clients: ['Apache_1'] });
    expect(order('Machine_2, Machine_3').layers).to.deep.equal([
      ['Machine_2', 'Machine_3'],
      ['Tomcat_2', 'Tomcat_3'],
    ]);
    expect(order('host1').names).to.have.length(6);
    expect(order('Tomcat_1, Apache_1').clients).to.deep.equal([]);
  });

  it('refuses bindings that lead round in a circle, and names it', () => {
    const circle = deploymentOf({
      classes: [componentClass('Front'), componentClass('Back'), componentClass('Side')],
      associations: [
        association('down', 'Front', '1', 'Back', '1'),
        association('up', 'Back', '1', 'Front', '1'),
        association('in', 'Side', '1', 'Front', '1'),
      ],
    });
    expect(() => planFor('order', ground(circle), {}))
      .to.throw(AttituneError, 'Front_1 → Back_1 → Front_1')
      .with.property('code', 'illegal-binding');
  });
});

describe('plan:grow and plan:spare', () => {
  const scaled = (at: number) => {
    const here = ground();
    here.system.component('Machine_2').setAttribute('scaledAt', String(at));
    return here;
  };

  it('say yes, within the limits', () => {
    expect(planFor('grow', ground(), { of: 'Machine' })).to.include({
      answer: 'grow',
      why: 'there are 3, and one more may join',
    });
    expect(planFor('spare', ground(), { of: 'Machine' })).to.include({ answer: 'remove', component: 'Machine_3' });
    expect(planFor('grow', ground(), { of: 'Machine', most: '3' }).why).to.equal(
      'there are 3, and at most 3 are wanted',
    );
    expect(planFor('spare', ground(), { of: 'Machine', least: '3' }).why).to.equal(
      'there are 3, and at least 3 are wanted',
    );
  });

  it('rest after a change of any of the class', () => {
    for (const goal of ['grow', 'spare']) {
      const plan = planFor(goal, scaled(AT - 10_000), { of: 'Machine', coolDown: '30 s' });
      expect(plan).to.include({ answer: 'nothing-to-do', why: 'it was scaled 10 s ago and rests for 30 s' });
      expect(planFor(goal, scaled(AT - 30_000), { of: 'Machine', coolDown: '30 s' }).answer).to.not.equal(
        'nothing-to-do',
      );
      expect(planFor(goal, scaled(Number.NaN), { of: 'Machine' }).answer).to.not.equal('nothing-to-do');
    }
  });

  it('tell which lower bound needs whom', () => {
    const plan = planFor('spare', ground(webDeployment(1)), { of: 'Machine', least: '0' });
    expect(plan).to.include({ answer: 'infeasible', why: 'Machine_1: Apache_1 needs 1..* Tomcat (workers)' });
  });
});

describe('plan:restart', () => {
  const of = (restarts: string) => {
    const here = ground(webDeployment(), (system) => ({ this: system.component('Tomcat_1') }));
    if (restarts !== '') here.system.component('Tomcat_1').setAttribute('restarts', restarts);
    return here;
  };

  it('counts restarts within the window, and remembers the new one', () => {
    expect(planFor('restart', of(''), {})).to.include({ answer: 'restart', restarts: String(AT) });
    const plan = planFor('restart', of(`${AT - 700_000} ${AT - 5000}`), { limit: '2' });
    expect(plan).to.include({ answer: 'restart', restarts: `${AT - 5000} ${AT}` });
    expect(plan.why).to.equal('it is restart 2 of at most 2 within 600 s');
  });

  it('is exhausted at the limit, and bears what is no time', () => {
    const plan = planFor('restart', of(`${AT - 9000} ${AT - 5000}`), { limit: '2', window: '10 s' });
    expect(plan).to.include({
      answer: 'exhausted',
      why: 'Tomcat_1 was restarted 2 times within 10 s, and 2 is the limit',
    });
    expect(planFor('restart', of('soon often'), { limit: '1' }).answer).to.equal('restart');
    expect(() => planFor('restart', of(''), { of: 'Tomcat' })).to.throw(
      'is about one component, and "Tomcat" reaches 2',
    );
  });
});

describe('parameters of goals', () => {
  it('are checked', () => {
    expect(() => planFor('gathr', ground(), {})).to.throw('"plan:gathr" is no goal; there are plan:relieve');
    expect(() => planFor('gather', ground(), { host: 'x' })).to.throw(
      'takes no parameter "host"; it takes below, coolDown',
    );
    expect(() => planFor('evacuate', ground(), {})).to.throw('plan:evacuate needs a host, and "this" is none');
    expect(() => planFor('gather', ground(), { below: 'much' })).to.throw(AttituneError);
    expect(() => planFor('order', ground(), { of: 'Nobody' })).to.throw('"Nobody" is no component, class');
  });
});
