import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import { governed, governedWorld } from '../support/governed-world.js';
import { MortalWorld } from '../support/mortal-world.js';

describe('the kill switch', function () {
  this.timeout(60_000);

  it('lets no decision be carried out, and says who holds all, until it is resumed', async () => {
    const world = await governedWorld();
    const { control } = world.manager;
    control.hold({ by: 'alice', reason: 'the storage is looked after' });
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('nothingToMove');
    expect(world.decision()?.text).to.contain('it is not done, because all is held by alice');
    expect(world.manager.migrations).to.deep.equal([]);
    expect(control.summary()?.held).to.include({ by: 'alice', reason: 'the storage is looked after' });
    expect(await world.tell('operator.relieve', 'host1', 'relieve')).to.equal('relieved');
    expect(control.resume({ by: 'bob' })).to.contain('held by alice');
    expect(() => control.resume({ by: 'bob' })).to.throw(AttituneError, /Nothing is held/);
    expect(world.of('control').map(({ data }) => [data?.['command'], data?.['by']])).to.deep.equal([
      ['hold', 'alice'],
      ['resume', 'bob'],
    ]);
  });

  it('stops a procedure before its next effect, over the death of the manager, and lets it go on afterwards', async () => {
    const world = new MortalWorld({}, 1, 'governed');
    await world.deploy();
    world.manager.events.raise({ name: 'crowded', component: 'Apache_1', why: 'a test' });
    await world.clock.advance(500);
    // it has made the machine and is starting it
    expect(world.state('Machine_3')).to.equal('starting');
    world.manager.control.hold({ by: 'alice' });
    await world.clock.advance(120_000);
    expect(world.state('Machine_3')).to.equal('started');
    expect(world.state('Tomcat_3')).to.equal('stopped');
    world.kill();
    await world.deploy();
    await world.clock.advance(120_000);
    expect(world.manager.control.held?.by).to.equal('alice');
    expect(world.state('Tomcat_3')).to.equal('stopped');
    world.manager.control.resume({ by: 'bob' });
    await world.clock.advance(120_000);
    expect(world.state('Tomcat_3')).to.equal('started');
    expect(world.manager.system.component('Apache_1').outgoing.map(({ to }) => to.name)).to.include('Tomcat_3');
  });

  it('lets a migration that runs come to its end, and aborts it where that is asked for', async () => {
    for (const abort of [false, true]) {
      const world = await governedWorld();
      const ended = world.ended('relieve');
      world.raise('hot', 'host1');
      await world.pass(500);
      expect(world.manager.migrating).to.equal(true);
      world.manager.control.hold({ by: 'alice', abort });
      expect((await world.clock.runUntil(ended)).configuration.at(-1)).to.equal(abort ? 'notMoved' : 'relieved');
      await world.pass(30_000);
      expect(await world.domains('host1')).to.have.length(abort ? 2 : 1);
      expect(world.effect()?.verdict).to.equal(abort ? 'not done' : 'as predicted');
      // what aborts the migrations of that moment aborts no later one
      world.manager.control.resume({ by: 'alice' });
      if (abort) expect(await world.tell('hot', 'host1', 'relieve')).to.equal('relieved');
    }
  });

  it('does not keep a system from being taken down', async () => {
    const world = await governedWorld();
    world.raise('crowded', 'Apache_1');
    await world.pass(500);
    world.manager.control.hold({ by: 'alice' });
    await world.pass(60_000);
    await world.undeploy();
    expect(world.states('Machine')).to.include({ Machine_1: 'stopped', Machine_2: 'stopped' });
  });

  it('leaves no answer to be carried out that was given while all is held', async () => {
    const world = await governedWorld({ set: { mode: 'approve' } });
    const ended = world.ended('relieve');
    world.raise('hot', 'host1');
    await world.pass(1000);
    const [asked] = world.manager.control.approvals.pending;
    world.manager.control.hold({ by: 'alice' });
    world.manager.control.answer(asked?.id ?? 0, true, 'bob');
    expect((await world.clock.runUntil(ended)).configuration.at(-1)).to.equal('nothingToMove');
    expect(governed(world).of('control').at(-1)?.text).to.contain(
      'approved, and not done, because all is held by alice',
    );
  });
});
