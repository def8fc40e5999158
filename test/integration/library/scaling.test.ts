import { expect } from 'chai';
import { failuresOf, libraryWorld, withFaulty } from '../../support/library-world.js';

describe('library: scale-out', function () {
  this.timeout(60_000);

  it('adds a machine with its Tomcat behind the balancer, and no request is dropped', async () => {
    const world = libraryWorld();
    await world.deploy();
    const load = world.load();
    await world.pass(2000);
    expect(await world.tell('operator.grow', 'Apache_1', 'scale-out')).to.equal('grown');
    await world.pass(3000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'started', Tomcat_2: 'started', Tomcat_3: 'started' });
    expect(world.system.nodeOf(world.system.component('Tomcat_3'))?.name).to.equal('Machine_3');
    expect(world.hostOf('Machine_3')).to.equal('host3');
    expect(load.samples.some(({ worker }) => worker === 'Tomcat_3')).to.equal(true);
  });

  it('rests after it grew, and does not grow above its limit', async () => {
    const world = libraryWorld({ set: { most: '4' } });
    await world.deploy();
    expect(await world.tell('operator.grow', 'Apache_1', 'scale-out')).to.equal('grown');
    expect(await world.tell('operator.grow', 'Apache_1', 'scale-out')).to.equal('notNow');
    expect(world.texts().join('\n')).to.match(/nothing to do, because it was scaled 0 s ago and rests for 60 s/);
    await world.pass(61_000);
    expect(await world.tell('operator.grow', 'Apache_1', 'scale-out')).to.equal('grown');
    await world.pass(61_000);
    expect(await world.tell('operator.grow', 'Apache_1', 'scale-out')).to.equal('notNow');
    expect(world.texts().join('\n')).to.match(/there are 4, and at most 4 are wanted/);
  });

  it('tells when no host has room, with the reason for each', async () => {
    const world = libraryWorld({ set: { hostMemory: '700 MiB', machines: '3' } });
    await world.deploy();
    expect(await world.tell('operator.grow', 'Apache_1', 'scale-out')).to.equal('noRoom');
    expect(world.eventsNamed('scale.exhausted')[0]?.arg).to.match(/host1 has 60 MiB free.*host3 has 60 MiB free/);
    expect(Object.keys(world.states('Machine'))).to.have.length(3);
  });

  it('takes back what does not start, and the balancer goes on with the others', async () => {
    const software = withFaulty(
      ([program], { name }) => name === 'Machine_3' && program?.endsWith('catalina.sh') === true,
    );
    const world = libraryWorld({ simulation: { software } });
    await world.deploy();
    const load = world.load();
    await world.pass(1000);
    expect(await world.tell('operator.grow', 'Apache_1', 'scale-out')).to.equal('failed');
    await world.pass(30_000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'started', Tomcat_2: 'started' });
    expect(await world.domains('host3')).to.deep.equal([]);
    expect(world.attribute('Machine_1', 'scaledAt')).to.equal(undefined);
  });
});

describe('library: scale-in', function () {
  this.timeout(60_000);

  it('removes the youngest with its machine, and no request is dropped', async () => {
    const world = libraryWorld({ set: { machines: '3' } });
    await world.deploy();
    const load = world.load(120);
    await world.pass(2000);
    expect(await world.tell('operator.shrink', 'Apache_1', 'scale-in')).to.equal('shrunk');
    await world.pass(2000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(load.samples.some(({ worker }) => worker === 'Tomcat_3')).to.equal(true);
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'started', Tomcat_2: 'started' });
    expect(await world.domains('host3')).to.deep.equal([]);
    const order = world.texts().flatMap((text) => /^(\S+): (drain|stop) …$/.exec(text)?.slice(1).join(' ') ?? []);
    expect(order).to.deep.equal(['Apache_1 drain', 'Tomcat_3 stop', 'Machine_3 stop']);
  });

  it('stays at its limit, and at the lower bounds of the associations', async () => {
    const world = libraryWorld({ set: { least: '0' } });
    await world.deploy();
    expect(await world.tell('operator.shrink', 'Apache_1', 'scale-in')).to.equal('shrunk');
    expect(await world.tell('operator.shrink', 'Apache_1', 'scale-in')).to.equal('notNow');
    await world.pass(31_000);
    expect(await world.tell('operator.shrink', 'Apache_1', 'scale-in')).to.equal('notNow');
    expect(world.texts().join('\n')).to.contain('infeasible, because Machine_1: Apache_1 needs 1..* Tomcat (workers)');
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started' });
  });

  it('keeps the youngest in service when the balancer does not let go of it', async () => {
    let broken = false;
    const software = withFaulty((argv) => broken && argv.includes('-t'));
    const world = libraryWorld({ simulation: { software } });
    await world.deploy();
    broken = true;
    const end = world.tell('operator.shrink', 'Apache_1', 'scale-in');
    world.clock.setTimeout(() => (broken = false), 60);
    expect(await end).to.equal('kept');
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
    expect(world.attribute('Tomcat_2', 'drained')).to.equal('no');
    expect(world.eventsNamed('scale.failed').map(({ component }) => component)).to.deep.equal(['Machine_2']);
    const load = world.load();
    await world.pass(3000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(new Set(load.samples.map(({ worker }) => worker))).to.deep.equal(new Set(['Tomcat_1', 'Tomcat_2']));
  });

  it('does not remove a machine that may still run', async () => {
    const world = libraryWorld({ set: { fenced: 'no' } });
    await world.deploy();
    // the guest's host answers no more, once its Tomcat is drained
    world.infrastructure.faults.hostUnreachable('host3');
    world.clock.setTimeout(() => world.infrastructure.faults.hostUnreachable('host2'), 100);
    expect(await world.tell('operator.shrink', 'Apache_1', 'scale-in')).to.equal('stuck');
    await world.pass(5000);
    expect(world.state('Machine_2')).to.equal('failed');
    expect(world.attribute('Tomcat_2', 'drained')).to.equal('yes');
    expect(world.eventsNamed('scale.failed')[0]?.arg).to.contain('host2');
  });
});
