import { expect } from 'chai';
import { failuresOf, libraryWorld, outcomeOf, withFaulty } from '../../support/library-world.js';

describe('library: restart-elsewhere', function () {
  this.timeout(60_000);

  it('brings what was on a dead host back on another one, and requests reach it there', async () => {
    const world = libraryWorld();
    await world.deploy();
    const end = world.ended('restart-elsewhere');
    world.infrastructure.faults.hostDies('host1');
    expect(outcomeOf(await world.clock.runUntil(end))).to.equal('restarted');
    // host2 has the other machine, and the deployment asks for them apart
    expect(world.hostOf('Machine_1')).to.equal('host3');
    expect(await world.domains('host3')).to.deep.equal(['Machine_1']);
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'started', Tomcat_2: 'started' });
    const load = world.load();
    await world.pass(5000);
    expect(await failuresOf(load, world.clock)).to.deep.equal([]);
    expect(new Set(load.samples.map(({ worker }) => worker))).to.deep.equal(new Set(['Tomcat_1', 'Tomcat_2']));
  });

  it('moves a machine whose repair is of no use, and stops it first where it was', async () => {
    const world = libraryWorld();
    await world.deploy();
    expect(await world.tell('operator.elsewhere', 'Machine_2', 'restart-elsewhere')).to.equal('restarted');
    expect(world.hostOf('Machine_2')).to.equal('host3');
    expect(await world.domains('host2')).to.deep.equal([]);
    expect(await world.domains('host3')).to.deep.equal(['Machine_2']);
  });

  it('starts nothing a second time that may still run on a host that does not answer', async () => {
    const world = libraryWorld({ set: { fenced: 'no' } });
    await world.deploy();
    const end = world.ended('restart-elsewhere');
    world.infrastructure.faults.hostUnreachable('host1');
    expect(outcomeOf(await world.clock.runUntil(end))).to.equal('uncertain');
    expect(world.hostOf('Machine_1')).to.equal('host1');
    expect(await world.domains('host3')).to.deep.equal([]);
    expect(world.eventsNamed('restart.uncertain')[0]?.arg).to.contain('host1');
  });

  it('leaves what has no other host, and tells why each was rejected', async () => {
    const world = libraryWorld({ set: { machines: '3', hostMemory: '700 MiB' } });
    await world.deploy();
    const end = world.ended('restart-elsewhere');
    world.infrastructure.faults.hostDies('host1');
    expect(outcomeOf(await world.clock.runUntil(end))).to.equal('incomplete');
    expect(world.hostOf('Machine_1')).to.equal('host1');
    const [told] = world.eventsNamed('restart.incomplete');
    expect(told?.arg).to.contain('Machine_1 needs 384 MiB and host2 has 60 MiB free');
    expect(told?.arg).to.contain('host3 has 60 MiB free');
  });

  it('starts the others when one does not start, and tells which', async () => {
    let broken = false;
    const software = withFaulty(
      ([program], { name }) => broken && name === 'Machine_1' && program?.endsWith('catalina.sh') === true,
    );
    const world = libraryWorld({ set: { together: 'gather' }, simulation: { software } });
    await world.deploy();
    expect([world.hostOf('Machine_1'), world.hostOf('Machine_2')]).to.deep.equal(['host1', 'host1']);
    broken = true;
    const end = world.ended('restart-elsewhere');
    world.infrastructure.faults.hostDies('host1');
    expect(outcomeOf(await world.clock.runUntil(end))).to.equal('incomplete');
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
    expect(world.states('Tomcat')).to.deep.equal({ Tomcat_1: 'failed', Tomcat_2: 'started' });
    expect(world.eventsNamed('restart.incomplete')[0]?.arg).to.contain('Tomcat_1');
  });

  it('does not send a machine round the hosts for ever', async () => {
    const world = libraryWorld();
    await world.deploy();
    for (let times = 0; times < 3; times += 1)
      expect(await world.tell('operator.elsewhere', 'Machine_2', 'restart-elsewhere')).to.equal('restarted');
    expect(await world.tell('operator.elsewhere', 'Machine_2', 'restart-elsewhere')).to.equal('exhausted');
    expect(world.eventsNamed('restart.exhausted')[0]?.arg).to.match(/restarted 3 times/);
    expect(world.state('Machine_2')).to.equal('started');
  });
});
