import { SystemClock } from '../../core/model/clock.js';
import { SeededRandom } from '../../core/model/random.js';
import { SimulatedInfrastructure } from '../../wrappers/simulated/index.js';
import { executorContract } from './executor.contract.js';

// the suite waits in real time, so the simulation is on the clock of the machine here
executorContract('SimulatedExecutor', () => {
  const infrastructure = new SimulatedInfrastructure({
    clock: new SystemClock(),
    random: new SeededRandom(1),
    hostCommandMs: 1,
    unknownPrograms: 'fail',
  });
  const place = { file: 'contract', line: 1, column: 1 };
  const { executor } = infrastructure.addHost({ name: 'host1', uri: 'qemu+tls://host1/system', attributes: {}, place });
  return Promise.resolve({ executor, folder: '/srv/contract', close: () => infrastructure.down() });
});
