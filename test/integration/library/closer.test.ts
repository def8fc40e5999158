import { expect } from 'chai';
import { libraryWorld } from '../../support/library-world.js';

async function deployed(set: Readonly<Record<string, string>> = {}) {
  const world = libraryWorld({ file: 'closer', set });
  await world.deploy();
  return world;
}

describe('library: closer', function () {
  this.timeout(60_000);

  it('brings a machine to the one it talks to', async () => {
    const world = await deployed();
    await world.pass(120_000);
    expect(world.hostOf('front')).to.equal(world.hostOf('store'));
    expect(world.manager.migrations).to.have.length(1);
    await world.pass(300_000);
    expect(world.manager.migrations).to.have.length(1);
  });

  it('brings it into the same rack where the host has no room', async () => {
    const world = await deployed({ memory: '1600 MiB' });
    await world.pass(120_000);
    expect(['host1', 'host2']).to.include(world.hostOf('front'));
    expect(['host1', 'host2']).to.include(world.hostOf('store'));
    expect(world.manager.migrations).to.have.length(1);
  });

  it('moves nothing for a little traffic', async () => {
    const world = await deployed({ traffic: '0.1 Mbit/s' });
    await world.pass(120_000);
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('leaves the machine where it is when its migration fails', async () => {
    const world = await deployed();
    world.infrastructure.faults.migrationsStall();
    await world.pass(900_000);
    expect(world.eventsNamed('closer.failed').length).to.be.greaterThan(0);
    expect(world.hostOf('front')).to.equal('host3');
    expect(world.state('front')).to.equal('started');
  });
});
