import { expect } from 'chai';
import { libraryWorld } from '../../support/library-world.js';

async function deployed(set: Readonly<Record<string, string>> = {}) {
  const world = libraryWorld({ file: 'consolidate', set });
  await world.deploy();
  const raise = (name: string, component: string) => world.manager.events.raise({ name, component, why: 'a test' });
  const inUse = () => new Set(['m1', 'm2', 'm3'].map((name) => world.hostOf(name))).size;
  return { ...world, raise, inUse };
}

describe('library: consolidate', function () {
  this.timeout(60_000);

  it('keeps machines together while they have little to do, relieves their host when they work, and comes to rest', async () => {
    const world = await deployed();
    await world.pass(120_000);
    expect(world.inUse()).to.equal(1);
    expect(world.manager.migrations).to.have.length(2);
    world.raise('operator.work', 'Loop_1');
    world.raise('operator.work', 'Loop_2');
    await world.pass(120_000);
    expect(world.hostOf('m1')).to.not.equal(world.hostOf('m2'));
    const migrations = world.manager.migrations.length;
    await world.pass(600_000);
    expect(world.manager.migrations).to.have.length(migrations);
    world.raise('operator.rest', 'Loop_1');
    world.raise('operator.rest', 'Loop_2');
    await world.pass(300_000);
    expect(world.inUse()).to.equal(1);
    expect(world.eventsNamed('consolidate.failed')).to.deep.equal([]);
    expect(world.states('Machine')).to.deep.equal({ m1: 'started', m2: 'started', m3: 'started' });
  });

  it('moves nothing where there is no memory for it', async () => {
    const world = await deployed({ memory: '1100 MiB' });
    await world.pass(120_000);
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('tells that machines could not be moved, and leaves them where they are', async () => {
    const world = await deployed();
    world.infrastructure.faults.migrationsStall();
    await world.pass(900_000);
    expect(world.eventsNamed('consolidate.failed').length).to.be.greaterThan(0);
    expect(world.inUse()).to.equal(3);
    expect(world.states('Machine')).to.deep.equal({ m1: 'started', m2: 'started', m3: 'started' });
  });

  it('moves nothing without fresh readings', async () => {
    const world = await deployed();
    Object.assign(world.infrastructure.host('host2'), { usage: () => Promise.reject(new Error('no meter')) });
    await world.pass(180_000);
    expect(world.manager.migrations).to.deep.equal([]);
    expect(world.texts().join('\n')).to.include('no fresh CPU reading of host2, so nothing is moved');
  });
});
