import { expect } from 'chai';
import { failuresOf, libraryWorld } from '../../support/library-world.js';

/** Readings are fresh some seconds after the deployment. */
const WARM_MS = 5000;

async function warm(options: Parameters<typeof libraryWorld>[0]) {
  const world = libraryWorld(options);
  await world.deploy();
  await world.pass(WARM_MS);
  return world;
}

function blind(world: ReturnType<typeof libraryWorld>, name: string): void {
  Object.assign(world.infrastructure.host(name), { usage: () => Promise.reject(new Error('no meter')) });
}

describe('library: relieve', function () {
  this.timeout(60_000);

  it('moves one machine away from a hot host while requests go on', async () => {
    const world = await warm({ set: { together: 'gather' } });
    const load = world.load(160);
    await world.pass(15_000);
    expect(await world.tell('operator.relieve', 'host1', 'relieve')).to.equal('relieved');
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(await world.domains('host1')).to.have.length(1);
    expect(world.manager.migrations).to.have.length(1);
  });

  it('leaves a host alone that is not hot, or whose load is not known', async () => {
    const world = await warm({ set: { together: 'gather' } });
    expect(await world.tell('operator.relieve', 'host1', 'relieve')).to.equal('nothingToMove');
    blind(world, 'host1');
    await world.pass(10_000);
    expect(await world.tell('operator.relieve', 'host1', 'relieve')).to.equal('nothingToMove');
    expect(world.texts().join('\n')).to.contain('no fresh CPU reading of host1, so nothing is moved');
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('leaves the machine where it is when the migration fails', async () => {
    const world = await warm({ set: { together: 'gather' } });
    const load = world.load(160);
    await world.pass(15_000);
    world.infrastructure.faults.migrationsStall();
    expect(await world.tell('operator.relieve', 'host1', 'relieve')).to.equal('notMoved');
    load.stop();
    expect(await world.domains('host1')).to.deep.equal(['Machine_1', 'Machine_2']);
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
  });
});

describe('library: gather', function () {
  this.timeout(60_000);

  it('empties hosts one after the other until nothing is to be gained', async () => {
    const world = await warm({ set: { machines: '3' } });
    const load = world.load(30);
    expect(await world.tell('operator.gather', 'web', 'gather')).to.equal('gathered');
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    const counts = await Promise.all(
      [1, 2, 3].map((n) => world.infrastructure.host(`host${n}`).hypervisor.list()).map((p) => world.clock.runUntil(p)),
    );
    expect(counts.map((domains) => domains.length).sort()).to.deep.equal([0, 0, 3]);
    expect(world.manager.migrations).to.have.length(2);
    expect(await world.tell('operator.gather', 'web', 'gather')).to.equal('nothingToGain');
  });

  it('moves nothing where no host can be emptied', async () => {
    const world = await warm({ set: { machines: '3', hostMemory: '700 MiB' } });
    expect(await world.tell('operator.gather', 'web', 'gather')).to.equal('nothingToGain');
    expect(world.manager.migrations).to.deep.equal([]);
    expect(world.texts().join('\n')).to.match(/infeasible, because no host can be emptied: .*host2 has 60 MiB free/);
  });

  it('moves nothing without fresh readings', async () => {
    const world = await warm({});
    blind(world, 'host1');
    blind(world, 'host2');
    await world.pass(10_000);
    expect(await world.tell('operator.gather', 'web', 'gather')).to.equal('nothingToGain');
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('stops at a migration that fails, and tells', async () => {
    const world = await warm({});
    world.infrastructure.faults.migrationsStall();
    expect(await world.tell('operator.gather', 'web', 'gather')).to.equal('interrupted');
    expect(world.eventsNamed('gather.failed')).to.have.length(1);
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
  });
});

describe('library: evacuate and reopen', function () {
  this.timeout(60_000);

  it('empties a host one machine after the other, and nothing comes back until it is reopened', async () => {
    const world = await warm({ set: { together: 'gather' } });
    const load = world.load(30);
    expect(await world.tell('operator.evacuate', 'host1', 'evacuate')).to.equal('empty');
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(await world.domains('host1')).to.deep.equal([]);
    expect(world.eventsNamed('evacuated').map(({ component }) => component)).to.deep.equal(['host1']);
    // soft "gather" would prefer the host of the others; host1 would be first of equals
    await world.tell('operator.evacuate', 'host2', 'evacuate');
    await world.tell('operator.grow', 'Apache_1', 'scale-out');
    expect(await world.domains('host1')).to.deep.equal([]);
    expect(world.hostOf('Machine_3')).to.equal('host3');
    expect(await world.tell('operator.reopen', 'host1', 'reopen')).to.equal('opened');
    expect(await world.tell('operator.reopen', 'host2', 'reopen')).to.equal('opened');
    expect(world.attribute('host1', 'maintenance')).to.equal('no');
    expect(await world.tell('operator.evacuate', 'host3', 'evacuate')).to.equal('empty');
  });

  it('tells what is left, and why, where the others have no room', async () => {
    const world = await warm({ set: { machines: '3', hostMemory: '700 MiB' } });
    expect(await world.tell('operator.evacuate', 'host1', 'evacuate')).to.equal('remaining');
    const [told] = world.eventsNamed('evacuate.incomplete');
    expect(told?.arg).to.match(/^Machine_1, because .*host2 has 60 MiB free.*host3 has 60 MiB free/);
    expect(world.attribute('host1', 'maintenance')).to.equal('yes');
    expect(await world.domains('host1')).to.deep.equal(['Machine_1']);
  });

  it('tells that software of the host itself is left', async () => {
    const world = await warm({});
    expect(await world.tell('operator.evacuate', 'gate', 'evacuate')).to.equal('remaining');
    expect(world.eventsNamed('evacuate.incomplete')[0]?.arg).to.equal(
      'Apache_1, because no VM runs on gate any more; Apache_1 runs on gate itself and cannot be moved live',
    );
    expect(world.state('Apache_1')).to.equal('started');
  });

  it('moves the others when one cannot be moved', async () => {
    const world = await warm({ set: { together: 'gather' } });
    world.infrastructure.faults.migrationsStall();
    const end = world.ended('evacuate');
    world.manager.events.raise({ name: 'operator.evacuate', component: 'host1', why: 'a test' });
    world.clock.setTimeout(() => world.infrastructure.faults.migrationsStall(false), 113_000);
    await world.clock.runUntil(end);
    expect(await world.domains('host1')).to.deep.equal(['Machine_1']);
    expect(world.eventsNamed('evacuate.incomplete')[0]?.arg).to.match(
      /^Machine_1, because .*it is running on host1: .*(took|within) .* s/,
    );
  });

  it('waits for readings, and gives up without them', async () => {
    const world = await warm({});
    for (const host of ['host2', 'host3']) blind(world, host);
    await world.pass(10_000);
    expect(await world.tell('operator.evacuate', 'host1', 'evacuate')).to.equal('remaining');
    expect(world.eventsNamed('evacuate.incomplete')[0]?.arg).to.contain('no fresh CPU reading of host2');
  });
});
