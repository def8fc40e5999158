import { expect } from 'chai';
import { MemoryStore } from '../../core/store/index.js';
import { libraryWorld, type LibraryWorldOptions } from '../support/library-world.js';

/** m1 on host1, m2 and m3 on host2: host3 is empty. */
async function deployed(options: LibraryWorldOptions = {}) {
  const world = libraryWorld({ file: 'switched', ...options, set: { m3: 'host2', ...options.set } });
  await world.deploy();
  await world.pass(5000);
  return { ...world, losses: () => [...world.eventsNamed('host.unreachable'), ...world.eventsNamed('host.failed')] };
}

describe('hosts that are switched', function () {
  this.timeout(60_000);

  it('go off without counting as failed, and come on again', async () => {
    const world = await deployed();
    expect(await world.tell('operator.off', 'host3', 'power-off')).to.equal('done');
    expect(world.state('host3')).to.equal('stopped');
    expect(world.attribute('host3', 'powered')).to.equal('off');
    await world.pass(60_000);
    expect(world.losses()).to.deep.equal([]);
    const troubles = world.manager.journal.entries.filter(({ kind }) => kind === 'trouble');
    expect(troubles.map(({ text }) => text)).to.deep.equal([]);
    const cluster = world.manager.cluster().hosts.find(({ name }) => name === 'host3');
    expect(cluster).to.include({ powered: 'off', accepting: false, closed: 'it is switched off' });
    expect(await world.tell('operator.on', 'host3', 'power-on')).to.equal('done');
    expect(world.state('host3')).to.equal('started');
    expect(world.attribute('host3', 'powered')).to.equal(undefined);
    expect(world.manager.cluster().hosts.find(({ name }) => name === 'host3')).to.include({ accepting: true });
    await world.undeploy();
  });

  it('stay on while something runs on them, and say what', async () => {
    const world = await deployed();
    expect(await world.tell('operator.off', 'host1', 'power-off')).to.equal('failed');
    expect(world.state('host1')).to.equal('started');
    expect(world.attribute('host1', 'powered')).to.equal(undefined);
    expect(world.texts().join('\n')).to.include('host1 is not switched off: it has m1. Empty it first');
    const stranger = { name: 'stranger', memoryMiB: 128, vcpus: 1, disks: [], networks: [] };
    await world.clock.runUntil(world.infrastructure.host('host3').hypervisor.create(stranger));
    expect(await world.tell('operator.off', 'host3', 'power-off')).to.equal('failed');
    expect(world.texts().join('\n')).to.include('host3 is not switched off: stranger runs on it');
    expect(world.state('host3')).to.equal('started');
  });

  it('stay on while a machine is on its way to them', async () => {
    const world = await deployed();
    world.system.component('m1').setAttribute('whereabouts', 'host1 host3');
    expect(await world.tell('operator.off', 'host3', 'power-off')).to.equal('failed');
    expect(world.texts().join('\n')).to.include('m1 may be on it');
  });

  it('leave no doubt about machines that end elsewhere meanwhile', async () => {
    const world = await deployed();
    await world.tell('operator.off', 'host3', 'power-off');
    world.infrastructure.faults.domainDies('m1');
    await world.pass(20_000);
    expect(world.eventsNamed('vm.failed').map(({ component }) => component)).to.deep.equal(['m1']);
    expect(world.texts().join('\n')).not.to.include('does not answer');
  });

  it('count as on again, whoever switched them on', async () => {
    const world = await deployed();
    await world.tell('operator.off', 'host3', 'power-off');
    world.infrastructure.faults.hostRecovers('host3');
    await world.pass(5000);
    expect(world.state('host3')).to.equal('started');
    expect(world.attribute('host3', 'powered')).to.equal(undefined);
    expect(world.texts().join('\n')).to.include('host3 was switched off and answers: it counts as on again');
  });

  it('fail as any other one when nobody meant it', async () => {
    const world = await deployed();
    await world.tell('operator.off', 'host3', 'power-off');
    world.infrastructure.faults.hostDies('host2');
    await world.pass(10_000);
    expect(world.eventsNamed('host.unreachable').map(({ component }) => component)).to.deep.equal(['host2']);
  });

  it('that do not come up in time are off still, and the diagram hears of it', async () => {
    const world = await deployed();
    await world.tell('operator.off', 'host3', 'power-off');
    Object.assign(world.infrastructure.host('host3').power ?? {}, { on: () => Promise.resolve() });
    expect(await world.tell('operator.on', 'host3', 'power-on')).to.equal('failed');
    expect(world.attribute('host3', 'powered')).to.equal('off');
    expect(world.texts().join('\n')).to.include('host3.powerOn did not end within 120 s');
  });

  it('come on again, too, where their connection was never lost', async () => {
    const world = await deployed();
    const { power } = world.infrastructure.host('host3');
    // it is off before anybody notices, and on before its hypervisor was missed
    Object.assign(power ?? {}, {
      off: () => Promise.resolve(),
      on: () => Promise.resolve(),
      state: () => Promise.resolve('off'),
    });
    expect(await world.tell('operator.off', 'host3', 'power-off')).to.equal('done');
    expect(await world.tell('operator.on', 'host3', 'power-on')).to.equal('done');
    expect(world.state('host3')).to.equal('started');
  });

  it('are what the next manager finds: one that answers is on', async () => {
    const store = new MemoryStore();
    const world = await deployed({ store });
    await world.tell('operator.off', 'host3', 'power-off');
    const next = libraryWorld({ file: 'switched', set: { m3: 'host2' }, store, at: 2_000_000 });
    await next.deploy();
    expect(next.attribute('host3', 'powered')).to.equal(undefined);
    expect(next.state('host3')).to.equal('started');
  });
});
