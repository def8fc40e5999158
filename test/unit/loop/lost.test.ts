import { expect } from 'chai';
import { findLost } from '../../../core/loop/keeping/lost.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Domain } from '../../../core/model/hypervisor.js';
import type { Infrastructure } from '../../../core/model/infrastructure.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { webDeployment } from '../../support/deployments.js';

describe('what ended while no manager ran', () => {
  const domain = (name: string, state: Domain['state'] = 'running'): Domain => ({ name, uuid: name, state });

  /** Two machines that are started, both on host1 as far as the former manager knew. */
  async function world(domains: Readonly<Record<string, readonly Domain[] | 'silent'>>) {
    const deployment = webDeployment();
    const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
    const clock = new SimulatedClock();
    const infrastructure: Infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    const up = infrastructure.up(deployment, system, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    await clock.runUntil(up);
    instantiate(system);
    system.place(system.component('Apache_1'), system.component('host1'));
    for (const vm of system.instances('Machine')) {
      system.place(vm, system.component('host1'));
      vm.lifeCycle.restore('started', 'started');
    }
    for (const tomcat of system.instances('Tomcat')) tomcat.lifeCycle.restore('started', 'started');
    for (const host of infrastructure.hosts()) {
      const list = domains[host.name] ?? [];
      host.hypervisor.list = () =>
        list === 'silent'
          ? Promise.reject(new AttituneError('host-unreachable', `${host.name} does not answer.`))
          : Promise.resolve(list);
    }
    return { system, infrastructure };
  }

  it('is nothing where all domains run where they should', async () => {
    const { system, infrastructure } = await world({ host1: [domain('Machine_1'), domain('Machine_2', 'blocked')] });
    expect(await findLost(system, infrastructure)).to.deep.equal([]);
  });

  it('is a machine that no host has, not one that was migrated meanwhile', async () => {
    const { system, infrastructure } = await world({
      host1: [domain('Machine_1', 'paused')],
      host2: [domain('Machine_1')],
    });
    const lost = await findLost(system, infrastructure);
    expect(lost.map(({ component, why }) => `${component.name}: ${why}`)).to.deep.equal([
      'Machine_2: its domain ended while no manager ran',
    ]);
    expect(system.hostOf(system.component('Machine_1'))?.name).to.equal('host2');
  });

  it('is not told of a machine that may be on a host that does not answer', async () => {
    const { system, infrastructure } = await world({ host1: [domain('Machine_1')], host2: 'silent' });
    expect(await findLost(system, infrastructure)).to.deep.equal([]);
  });

  it('is software whose process is gone or another one by now, if it keeps one', async () => {
    const { system, infrastructure } = await world({ host1: [domain('Machine_1'), domain('Machine_2')] });
    const apache = system.component('Apache_1');
    apache.lifeCycle.restore('started', 'started');
    const { executor } = infrastructure.host('host1');
    const stat = (since: string) => `17 (a) b) S ${'0 '.repeat(18)}${since} 0`;
    let [running, since] = [true, '99'];
    executor.isRunning = () => Promise.resolve(running);
    executor.get = () => Promise.resolve(stat(since));
    const names = async () => (await findLost(system, infrastructure)).map(({ component }) => component.name);
    expect(await names(), 'it keeps no id').to.deep.equal([]);
    apache.setAttribute('pid', '17');
    apache.setAttribute('pidSince', '99');
    expect(await names()).to.deep.equal([]);
    since = '12345';
    expect(await names(), 'the id is of another process').to.deep.equal(['Apache_1']);
    [running, since] = [false, '99'];
    expect(await names()).to.deep.equal(['Apache_1']);
    executor.isRunning = () => Promise.reject(new AttituneError('guest-agent', 'no answer'));
    expect(await names(), 'what cannot be asked is taken to run').to.deep.equal([]);
  });
});
