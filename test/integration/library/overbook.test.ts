import { expect } from 'chai';
import { libraryWorld } from '../../support/library-world.js';

async function deployed(set: Readonly<Record<string, string>> = {}) {
  const world = libraryWorld({ file: 'overbook', set });
  await world.deploy();
  const work = (...names: readonly string[]) => {
    for (const component of names) world.manager.events.raise({ name: 'operator.work', component, why: 'a test' });
  };
  return { ...world, work };
}

describe('library: overbook', function () {
  this.timeout(60_000);

  it('moves a machine that becomes active beside another active one next to an inactive one', async () => {
    const world = await deployed({ m1: 'host1', m2: 'host1', m3: 'host2' });
    world.work('Loop_1', 'Loop_2');
    await world.pass(120_000);
    expect(world.hostOf('m1')).not.to.equal(world.hostOf('m2'));
    expect(world.manager.migrations).to.have.length(1);
    await world.pass(300_000);
    expect(world.manager.migrations).to.have.length(1);
  });

  it('moves nothing where no host has more active ones than it may', async () => {
    const world = await deployed({ m1: 'host1', m2: 'host1', m3: 'host2', most: '2' });
    world.work('Loop_1', 'Loop_2');
    await world.pass(120_000);
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('says why where there is no place, and leaves them', async () => {
    const world = await deployed({ m1: 'host1', m2: 'host1', m3: 'host2', memory: '800 MiB' });
    for (const name of ['host2', 'host3']) world.system.component(name).setAttribute('maintenance', 'yes');
    world.work('Loop_1', 'Loop_2');
    await world.pass(120_000);
    expect(world.manager.migrations).to.deep.equal([]);
    expect(world.texts().join('\n')).to.include('2 VMs are active, 1 hosts take VMs');
  });

  it('leaves a machine where it is when its migration fails', async () => {
    const world = await deployed({ m1: 'host1', m2: 'host1', m3: 'host2' });
    world.infrastructure.faults.migrationsStall();
    world.work('Loop_1', 'Loop_2');
    await world.pass(900_000);
    expect(world.eventsNamed('overbook.failed').length).to.be.greaterThan(0);
    expect(world.states('Machine')).to.deep.equal({ m1: 'started', m2: 'started', m3: 'started' });
  });
});
