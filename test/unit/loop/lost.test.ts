import { expect } from 'chai';
import { findProcesses } from '../../../core/loop/keeping/lost.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { webDeployment } from '../../support/deployments.js';

describe('what ended while nobody could look', () => {
  it('is software whose process is gone or another one by now, if it keeps one', async () => {
    const deployment = webDeployment();
    const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
    const clock = new SimulatedClock();
    const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    const options = { signal: new AbortController().signal, onProgress: () => undefined };
    await clock.runUntil(infrastructure.up(deployment, system, options));
    instantiate(system);
    const apache = system.component('Apache_1');
    system.place(apache, system.component('host1'));
    apache.lifeCycle.restore('started', 'started');
    const { executor } = infrastructure.host('host1');
    const stat = (since: string) => `17 (a) b) S ${'0 '.repeat(18)}${since} 0`;
    let [running, since] = [true, '99'];
    executor.isRunning = () => Promise.resolve(running);
    executor.get = () => Promise.resolve(stat(since));
    const found = async () => {
      const { run, lost } = await findProcesses([apache], system, infrastructure);
      return {
        run: run.map(({ name }) => name),
        lost: lost.map(({ component, found }) => `${component.name} ${found}`),
      };
    };
    expect(await found(), 'it keeps no id').to.deep.equal({ run: [], lost: [] });
    apache.setAttribute('pid', '17');
    apache.setAttribute('pidSince', '99');
    expect(await found()).to.deep.equal({ run: ['Apache_1'], lost: [] });
    since = '12345';
    expect(await found(), 'the id is of another process').to.deep.equal({ run: [], lost: ['Apache_1 started'] });
    [running, since] = [false, '99'];
    expect(await found()).to.deep.equal({ run: [], lost: ['Apache_1 started'] });
    executor.isRunning = () => Promise.reject(new AttituneError('guest-agent', 'no answer'));
    expect(await found(), 'what cannot be asked is taken to be as it was').to.deep.equal({ run: [], lost: [] });
  });
});
