import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { libraryWorld } from '../../support/library-world.js';

/** CPU that each machine uses on its host, in CPUs, by the readings of the manager. */
async function used(set: Readonly<Record<string, string>>) {
  const world = libraryWorld({ file: 'relief', set });
  await world.deploy();
  await world.pass(10_000);
  return Object.fromEntries(world.manager.cluster().vms.map(({ name, cpuUsed }) => [name, cpuUsed ?? NaN]));
}

describe('stress-ng in the simulation', () => {
  it('uses so many per cent of a CPU', async () => {
    const cpu = await used({ hotLoad: '60', calmLoad: '0', otherLoad: '7' });
    expect(cpu['hot1']).to.be.closeTo(0.6, 0.01);
    expect(cpu['other2']).to.be.closeTo(0.07, 0.01);
    expect(cpu['calm1']).to.be.closeTo(0, 0.01);
  });

  it('ends with an error for a load that is none', async () => {
    const failure = await used({ hotLoad: '160' }).then(
      () => undefined,
      (error: unknown) => AttituneError.from(error),
    );
    expect(failure?.message).to.contain('stress-ng ended by itself on hot1');
  });
});
