import { expect } from 'chai';
import { planFor, type PlanParameters } from '../../../core/loop/planning/planner.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { componentClass, deploymentOf } from '../../support/deployments.js';

const DEPLOYMENT = deploymentOf({
  classes: [
    componentClass('Machine', {
      wrapper: 'virtual-machine',
      initial: 2,
      attributes: { memory: '400 MiB', vcpus: '1' },
    }),
    componentClass('Apache'),
  ],
});
const AT = 1_000_000;

describe('plan:size', () => {
  let system: SystemRepresentation;
  beforeEach(() => {
    system = new SystemRepresentation(DEPLOYMENT, (wrapper) => wrapper === 'virtual-machine');
    instantiate(system);
    const machine = system.component('Machine_1');
    machine.setAttribute('maxMemory', '1 GiB');
    machine.setAttribute('maxVcpus', '4');
  });
  const plan = (parameters: PlanParameters, of = 'Machine_1') => {
    const scope = { this: system.component(of) };
    return planFor('size', { system, cluster: { at: AT, hosts: [], vms: [] }, scope }, parameters);
  };

  it('answers with what the machine is to have, and why', () => {
    const sized = plan({ memory: '+50 %', vcpus: '2' });
    expect(sized).to.include({ answer: 'scale', component: 'Machine_1', memory: '600 MiB', vcpus: '2' });
    expect(sized.why).to.equal('memory from 400 to 600 MiB, virtual CPUs from 1 to 2 was asked for');
    expect(plan({ memory: '200 MiB' })).to.include({ answer: 'scale', memory: '200 MiB', vcpus: '1' });
  });

  it('keeps to the maximum, which is what it has where none is told', () => {
    const most = plan({ memory: '2 GiB' });
    expect(most).to.include({ answer: 'scale', memory: '1024 MiB' });
    expect(most.why).to.include('its maximum');
    const none = plan({ memory: '+1 MiB', vcpus: '+1' }, 'Machine_2');
    expect(none.answer).to.equal('nothing-to-do');
    expect(none.why).to.equal('it has 400 MiB and 1 virtual CPU, which is its maximum');
    expect(plan({ memory: '400 MiB' }).why).to.equal('it has 400 MiB and 1 virtual CPU already');
    expect(plan({}).answer).to.equal('nothing-to-do');
  });

  it('lets it rest after it was scaled', () => {
    system.component('Machine_1').setAttribute('scaledAt', String(AT - 30_000));
    expect(plan({ memory: '500 MiB' }).why).to.equal('it was scaled 30 s ago and rests for 60 s');
    expect(plan({ memory: '500 MiB', coolDown: '30 s' }).answer).to.equal('scale');
  });

  it('is about one machine, and a size', () => {
    const wrong = (parameters: PlanParameters, of?: string) =>
      expect(() => plan(parameters, of))
        .to.throw(AttituneError)
        .with.property('code', 'value');
    wrong({ memory: 'much' });
    wrong({ vcpus: '-1' });
    wrong({ memory: '1 GiB' }, 'Apache_1');
    wrong({ of: 'Machine', memory: '1 GiB' });
  });
});
