import { expect } from 'chai';
import { libraryWorld } from '../../support/library-world.js';

/** Readings are fresh, and the start is over, after this. */
const WARM_MS = 90_000;

async function warm(set: Readonly<Record<string, string>> = {}) {
  const world = libraryWorld({ file: 'relief', set });
  await world.deploy();
  await world.pass(WARM_MS);
  const raise = (name: string, component: string) => world.manager.events.raise({ name, component, why: 'a test' });
  /** Requests that one CPU cannot answer in time. */
  const slowly = () => world.load(400);
  /** What the software says of itself; its objective is 80. */
  const busyThreads = (value: number) => {
    const at = world.clock.now();
    const reading = { probe: 'threads', measure: 'threads', component: 'Tomcat_1', unit: 'threads', durationMs: 1 };
    world.bus.publish('reading', { ...reading, value, at });
  };
  const args = (name: string) => world.eventsNamed(name).map(({ arg }) => arg ?? '');
  return { ...world, raise, slowly, busyThreads, args };
}

type World = Awaited<ReturnType<typeof warm>>;

function blind(world: World, ...names: readonly string[]): void {
  for (const name of names)
    Object.assign(world.infrastructure.host(name), { usage: () => Promise.reject(new Error('no meter')) });
}

describe('library: hotspot', function () {
  this.timeout(60_000);

  it('moves the machine that frees most for its memory, and the host is hot no more', async () => {
    const world = await warm();
    expect(await world.tell('operator.hot', 'host1', 'hotspot')).to.equal('relieved');
    expect(world.manager.migrations.map(({ vm, from }) => [vm.replace(/\d/, ''), from])).to.deep.equal([
      ['hot', 'host1'],
    ]);
    await world.pass(70_000);
    expect(await world.tell('operator.hot', 'host1', 'hotspot')).to.equal('nothingToMove');
    expect(world.eventsNamed('hotspot.unresolved')).to.deep.equal([]);
  });

  it('tells why where nothing can be moved', async () => {
    const world = await warm({ otherLoad: '95', hotLoad: '95', calmLoad: '95' });
    expect(await world.tell('operator.hot', 'host1', 'hotspot')).to.equal('unresolved');
    expect(world.args('hotspot.unresolved')[0]).to.match(/host1 is at \d+ %/);
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('leaves machines where they are when migrations fail, and tells which', async () => {
    const world = await warm();
    world.infrastructure.faults.migrationsStall();
    expect(await world.tell('operator.hot', 'host1', 'hotspot')).to.equal('unresolved');
    expect(world.args('hotspot.unresolved')[0]).to.match(/^hot\d: .*it is running on host1/);
    expect(await world.domains('host1')).to.deep.equal(['calm1', 'hot1', 'hot2', 'shop']);
  });

  it('moves nothing without fresh readings', async () => {
    const world = await warm();
    blind(world, 'host1', 'host2', 'host3');
    await world.pass(10_000);
    expect(await world.tell('operator.hot', 'host1', 'hotspot')).to.not.equal('relieved');
    expect(world.manager.migrations).to.deep.equal([]);
  });
});

describe('library: gray-box', function () {
  this.timeout(60_000);

  it('gives the machine of slow software one more CPU of its host, by the readings of the software', async () => {
    const world = await warm({ hotLoad: '5', cpus: '4' });
    const end = world.ended('gray-box');
    const load = world.slowly();
    expect((await world.clock.runUntil(end)).configuration).to.deep.equal(['scaled']);
    load.stop();
    expect(world.attribute('shop', 'vcpus')).to.equal('2');
    expect(world.hostOf('shop')).to.equal('host1');
    expect(world.texts().join('\n')).to.match(
      /the software inside shop is at \d+ % of its objective, and host1 has room/,
    );
  });

  it('moves the machine where its host has nothing left, though that is not overloaded', async () => {
    const world = await warm({ maxVcpus: '1', hotLoad: '10', otherLoad: '5' });
    const end = world.ended('gray-box');
    const load = world.slowly();
    expect((await world.clock.runUntil(end)).configuration).to.deep.equal(['moved']);
    load.stop();
    expect(world.hostOf('shop')).to.not.equal('host1');
    expect(world.state('Tomcat_1')).to.equal('started');
  });

  it('does nothing for software that keeps its objective', async () => {
    const world = await warm();
    expect(await world.tell('operator.slow', 'Tomcat_1', 'gray-box')).to.equal('nothingToDo');
    expect(world.manager.migrations).to.deep.equal([]);
    expect(world.attribute('shop', 'vcpus')).to.equal('1');
  });

  it('tells that nothing can be done', async () => {
    const world = await warm({ maxVcpus: '1', locked: 'it has a dongle' });
    world.busyThreads(120);
    expect(await world.tell('operator.slow', 'Tomcat_1', 'gray-box')).to.equal('strained');
    expect(world.args('strained')[0]).to.match(
      /at 150 % of its objective; .*its maximum; shop stays where it is: .*dongle/,
    );
    expect(world.hostOf('shop')).to.equal('host1');
  });

  it('gives no CPU to a machine that does not use those that it has', async () => {
    const world = await warm({ hotLoad: '5', cpus: '4' });
    world.busyThreads(120);
    expect(await world.tell('operator.slow', 'Tomcat_1', 'gray-box')).to.equal('strained');
    expect(world.args('strained')[0]).to.match(/uses \d+ % of its virtual CPUs, and is not short of them/);
    expect(world.attribute('shop', 'vcpus')).to.equal('1');
  });

  it('leaves the machine as it is when its migration fails', async () => {
    const world = await warm({ maxVcpus: '1', hotLoad: '10', otherLoad: '5' });
    world.infrastructure.faults.migrationsStall();
    const end = world.ended('gray-box');
    const load = world.slowly();
    expect((await world.clock.runUntil(end)).configuration).to.deep.equal(['notMoved']);
    load.stop();
    expect(world.hostOf('shop')).to.equal('host1');
    expect(world.args('gray-box.failed')).to.have.length(1);
  });
});

describe('library: scale-first', function () {
  this.timeout(60_000);

  it('scales on the host, and does no more where that has helped', async () => {
    const world = await warm({ hotLoad: '5', cpus: '4' });
    world.load(230);
    await world.pass(20_000);
    world.busyThreads(160);
    world.clock.setTimeout(() => world.busyThreads(40), 5000);
    expect(await world.tell('operator.ease', 'Tomcat_1', 'scale-first')).to.equal('eased');
    expect(world.attribute('shop', 'vcpus')).to.equal('2');
    expect(world.attribute('Tomcat_1', 'restarts')).to.equal(undefined);
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('restarts the software, and only then moves its machine', async () => {
    const world = await warm({ maxVcpus: '1', hotLoad: '20', otherLoad: '5' });
    world.busyThreads(160);
    expect(await world.tell('operator.ease', 'Tomcat_1', 'scale-first')).to.equal('moved');
    const texts = world.texts();
    const at = (pattern: RegExp) => texts.findIndex((text) => pattern.test(text));
    expect(at(/its maximum/)).to.be.within(0, at(/^Tomcat_1: stop …/));
    expect(at(/^Tomcat_1: stop …/)).to.be.below(at(/shop migrated from host1/));
    expect(world.attribute('Tomcat_1', 'restarts')).to.match(/^\d+$/);
    expect(world.state('Tomcat_1')).to.equal('started');
  });

  it('does not restart where that is not wanted', async () => {
    const world = await warm({ maxVcpus: '1', hotLoad: '20', otherLoad: '5', restarts: '0' });
    world.busyThreads(160);
    expect(await world.tell('operator.ease', 'Tomcat_1', 'scale-first')).to.equal('moved');
    expect(world.texts().join('\n')).to.not.match(/Tomcat_1: stop …/);
  });

  it('does nothing while the software keeps its objective, or nobody knows whether it does', async () => {
    const world = await warm();
    expect(await world.tell('operator.ease', 'Tomcat_1', 'scale-first')).to.equal('nothingToDo');
    blind(world, 'host1');
    await world.pass(10_000);
    expect(await world.tell('operator.ease', 'Tomcat_1', 'scale-first')).to.equal('nothingToDo');
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('tells that nothing is left to be done', async () => {
    const world = await warm({ maxVcpus: '1', locked: 'it has a dongle', restarts: '0' });
    world.busyThreads(160);
    expect(await world.tell('operator.ease', 'Tomcat_1', 'scale-first')).to.equal('strained');
    expect(world.args('strained').at(-1)).to.match(/its maximum.*0 is the limit.*dongle/);
  });
});

describe('library: drain', function () {
  this.timeout(60_000);

  it('empties a host by one plan, and brings its machines back', async () => {
    const world = await warm({ hotLoad: '20' });
    world.raise('operator.drain', 'host1');
    await world.pass(120_000);
    expect(await world.domains('host1')).to.deep.equal([]);
    expect(world.eventsNamed('drained').map(({ component }) => component)).to.deep.equal(['host1']);
    expect(world.attribute('host1', 'maintenance')).to.equal('yes');
    const plans = world.texts().filter((text) => /^drain host1: move/.test(text));
    expect(plans).to.have.length(1);
    world.raise('operator.reopen', 'host1');
    await world.pass(120_000);
    expect(world.attribute('host1', 'maintenance')).to.equal('no');
    expect(await world.domains('host1')).to.deep.equal(['calm1', 'hot1', 'hot2', 'shop']);
    expect(world.args('drain.returned')).to.deep.equal(['']);
  });

  it('names what cannot leave before anything moves, and moves the others', async () => {
    const world = await warm({ locked: 'it has a dongle', hotLoad: '20' });
    world.raise('operator.drain', 'host1');
    await world.pass(120_000);
    expect(await world.domains('host1')).to.deep.equal(['shop']);
    expect(world.args('drain.unmovable')[0]).to.match(/^shop, because .*it has a dongle/);
    const entries = world.manager.journal.entries;
    const named = entries.findIndex(({ kind, text }) => kind === 'event' && text.includes('drain.unmovable'));
    expect(named).to.be.within(0, entries.findIndex(({ text }) => text.startsWith('migrate …')) - 1);
    expect(world.args('drain.incomplete')[0]).to.match(/^shop, because /);
  });

  it('moves nothing at all where it is to be whole', async () => {
    const world = await warm({ locked: 'it has a dongle', hotLoad: '20', whole: 'yes' });
    world.raise('operator.drain', 'host1');
    await world.pass(120_000);
    expect(world.manager.migrations).to.deep.equal([]);
    expect(world.eventsNamed('drain.incomplete')).to.have.length(1);
  });

  it('is called off in the middle, and what has left comes back', async () => {
    const world = await warm({ hotLoad: '20' });
    world.raise('operator.drain', 'host1');
    await world.pass(1500);
    expect(world.manager.migrating).to.equal(true);
    world.raise('operator.drain-abort', 'host1');
    await world.pass(120_000);
    expect(await world.domains('host1')).to.deep.equal(['calm1', 'hot1', 'hot2', 'shop']);
    expect(world.attribute('host1', 'maintenance')).to.equal('no');
    expect(world.eventsNamed('drained')).to.deep.equal([]);
    expect(world.states('Hot')).to.deep.equal({ hot1: 'started', hot2: 'started' });
  });

  it('tells what is left when migrations fail', async () => {
    const world = await warm({ hotLoad: '20' });
    world.infrastructure.faults.migrationsStall();
    world.raise('operator.drain', 'host1');
    await world.pass(3_600_000);
    expect(await world.domains('host1')).to.deep.equal(['calm1', 'hot1', 'hot2', 'shop']);
    expect(world.args('drain.incomplete')[0]).to.match(/hot1.*because .*it is running on host1/);
  });

  it('waits for readings, and gives up without them', async () => {
    const world = await warm({ hotLoad: '20' });
    blind(world, 'host2', 'host3');
    await world.pass(10_000);
    world.raise('operator.drain', 'host1');
    await world.pass(120_000);
    expect(world.manager.migrations).to.deep.equal([]);
    expect(world.args('drain.incomplete')[0]).to.contain('no fresh CPU reading of host');
  });
});

describe('library: relief that is only recommended', function () {
  this.timeout(60_000);

  it('ends quietly, and changes nothing', async () => {
    const world = await warm({ mode: 'recommend', cpus: '4', hotLoad: '5', locked: '' });
    world.load(230);
    await world.pass(20_000);
    world.busyThreads(160);
    const before = await Promise.all(['host1', 'host2', 'host3'].map((host) => world.domains(host)));
    expect(await world.tell('told.slow', 'Tomcat_1', 'gray-box')).to.equal('nothingToDo');
    expect(await world.tell('told.ease', 'Tomcat_1', 'scale-first')).to.equal('nothingToDo');
    world.raise('operator.drain', 'host1');
    await world.pass(60_000);
    expect(world.attribute('host1', 'maintenance')).to.equal('no');
    const raised = world.events
      .map(({ name }) => name)
      .filter((name) => /strained|failed|drain\.(?!returned)/.test(name));
    expect(raised.filter((name) => !name.startsWith('operator.'))).to.deep.equal([]);
    expect(await Promise.all(['host1', 'host2', 'host3'].map((host) => world.domains(host)))).to.deep.equal(before);
    expect(world.attribute('shop', 'vcpus')).to.equal('1');
  });

  it('leaves a hot spot to people', async () => {
    const world = await warm({ mode: 'recommend' });
    expect(await world.tell('told.hot', 'host1', 'hotspot')).to.equal('nothingToMove');
    expect(world.eventsNamed('hotspot.unresolved')).to.deep.equal([]);
    expect(world.manager.migrations).to.deep.equal([]);
  });
});
