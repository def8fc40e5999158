import { expect } from 'chai';
import { MemoryStore } from '../../../core/store/memory-store.js';
import { failuresOf, libraryWorld, outcomeOf, withFaulty } from '../../support/library-world.js';

describe('library: repair', function () {
  this.timeout(60_000);

  it('brings a machine that died back with what is inside, and its balancer sends it requests again', async () => {
    const world = libraryWorld();
    await world.deploy();
    const end = world.ended('repair');
    world.infrastructure.faults.domainDies('Machine_1');
    expect(outcomeOf(await world.clock.runUntil(end))).to.equal('repaired');
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'started', Tomcat_2: 'started' });
    expect(world.attribute('Machine_1', 'restarts')?.split(' ')).to.have.length(1);
    const load = world.load();
    await world.pass(5000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(new Set(load.samples.map(({ worker }) => worker))).to.deep.equal(new Set(['Tomcat_1', 'Tomcat_2']));
  });

  it('keeps the other serving meanwhile', async () => {
    const world = libraryWorld();
    await world.deploy();
    const load = world.load();
    await world.pass(2000);
    const end = world.ended('repair');
    world.infrastructure.faults.domainDies('Machine_1');
    await world.clock.runUntil(end);
    await world.pass(2000);
    const failures = await failuresOf(load, world.clock);
    // what was inside the machine when it died is lost with it
    expect(failures.length).to.be.lessThan(5);
  });

  it('brings two machines back that died at once, and each has its own count', async () => {
    const world = libraryWorld({ set: { machines: '3' } });
    await world.deploy();
    const first = world.ended('repair');
    world.infrastructure.faults.domainDies('Machine_1');
    world.infrastructure.faults.domainDies('Machine_3');
    await world.clock.runUntil(first);
    await world.clock.runUntil(world.ended('repair'));
    expect(new Set(Object.values(world.states('Machine')))).to.deep.equal(new Set(['started']));
    expect(new Set(Object.values(world.states('Tomcat')))).to.deep.equal(new Set(['started']));
    for (const name of ['Machine_1', 'Machine_3'])
      expect(world.attribute(name, 'restarts')?.split(' ')).to.have.length(1);
    expect(world.attribute('Machine_2', 'restarts')).to.equal(undefined);
  });

  it('gives a component up that keeps failing, marks it, and tells', async () => {
    let broken = false;
    const software = withFaulty(([program]) => broken && program?.endsWith('catalina.sh') === true);
    const world = libraryWorld({ set: { limit: '2' }, simulation: { software } });
    await world.deploy();
    broken = true;
    expect(await world.tell('operator.repair', 'Tomcat_1', 'repair')).to.equal('exhausted');
    expect(world.state('Tomcat_1')).to.equal('failed');
    expect(world.system.component('Tomcat_1').lifeCycle.failure).to.match(/was restarted 2 times within 600 s/);
    expect(world.attribute('Tomcat_1', 'restarts')?.split(' ')).to.have.length(2);
    expect(world.eventsNamed('repair.exhausted').map(({ component }) => component)).to.deep.equal(['Tomcat_1']);
    // it stays given up, until the window is over
    broken = false;
    expect(await world.tell('operator.repair', 'Tomcat_1', 'repair')).to.equal('exhausted');
    await world.pass(600_000);
    expect(await world.tell('operator.repair', 'Tomcat_1', 'repair')).to.equal('repaired');
    expect(world.state('Tomcat_1')).to.equal('started');
  });

  it('remembers restarts when the manager dies, and repairs what was lost meanwhile', async () => {
    const store = new MemoryStore();
    const former = libraryWorld({ store, set: { limit: '2' } });
    await former.deploy();
    const repaired = former.ended('repair');
    former.infrastructure.faults.domainDies('Machine_1');
    await former.clock.runUntil(repaired);
    // the next manager finds the hosts without their machines
    const world = libraryWorld({ store, set: { limit: '2' }, at: former.clock.now() + 60_000 });
    const next = world.ended('repair');
    await world.deploy();
    await world.clock.runUntil(next);
    await world.pass(120_000);
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
    expect(world.attribute('Machine_1', 'restarts')?.split(' ')).to.have.length(2);
    expect(world.attribute('Machine_2', 'restarts')?.split(' ')).to.have.length(1);
    world.infrastructure.faults.domainDies('Machine_1');
    expect(outcomeOf(await world.clock.runUntil(world.ended('repair')))).to.equal('exhausted');
  });

  it('tries again after a pause when a restart fails', async () => {
    let failures = 1;
    const software = withFaulty(([program, argument]) => {
      if (argument !== 'run' || program?.endsWith('catalina.sh') !== true || !armed) return false;
      failures -= 1;
      return failures >= 0;
    });
    let armed = false;
    const world = libraryWorld({ simulation: { software } });
    await world.deploy();
    armed = true;
    expect(await world.tell('operator.repair', 'Tomcat_2', 'repair')).to.equal('repaired');
    expect(world.attribute('Tomcat_2', 'restarts')?.split(' ')).to.have.length(2);
    expect(world.state('Tomcat_2')).to.equal('started');
  });

  it('counts a component as repaired when its balancer does not answer', async () => {
    const world = libraryWorld();
    await world.deploy();
    world.infrastructure.faults.hostUnreachable('gate');
    expect(await world.tell('operator.repair', 'Tomcat_1', 'repair')).to.equal('repaired');
    expect(world.state('Tomcat_1')).to.equal('started');
  });
});
