import { expect } from 'chai';
import { explain, select } from '../../core/loop/decisions/explain.js';
import { whyText } from '../../core/app/why/why-text.js';
import { governed, governedWorld } from '../support/governed-world.js';
import { MortalWorld } from '../support/mortal-world.js';

const SETTLED_MS = 30_000;

describe('records of decisions on simulated hosts', function () {
  this.timeout(60_000);

  it('tell what was seen, rejected and predicted, and afterwards what came of it', async () => {
    const world = await governedWorld();
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('relieved');
    const record = world.record();
    expect(record?.event).to.include({ name: 'hot', component: 'host1' });
    expect(record?.parameters).to.include({ below: '50 %', coolDown: '30 s', minimumGain: '10 %' });
    expect(record?.plan.moves).to.have.length(1);
    expect(record?.cluster?.readings['host1']).to.include.keys('mean', 'p50', 'p95', 'samples');
    expect(record?.cluster?.hosts.map(({ name }) => name)).to.include('host1');
    expect(Object.values(record?.rejectedBy ?? {}).reduce((sum, count) => sum + count, 0)).to.equal(
      record?.plan.rejected.length,
    );
    const { before = 0, after = 1 } = record?.predicted?.hosts['host1'] ?? {};
    expect(before).to.be.greaterThan(after + 0.1);
    expect(world.effect()).to.equal(undefined);
    await world.pass(SETTLED_MS);
    const effect = world.effect();
    expect(effect?.decision).to.equal(world.decision()?.id);
    expect(effect?.verdict).to.equal('as predicted');
    const cpu = effect?.measures.find(({ name }) => name === 'CPU of host1');
    expect(cpu?.actual).to.be.closeTo(after, 0.15);
    const downtime = effect?.measures.find(({ name }) => name.startsWith('downtime of Machine_'));
    expect(downtime?.actual).to.be.greaterThan(0);
  });

  it('are told in plain sentences, whose kinds of answers read differently', async () => {
    const world = await governedWorld();
    const why = () => whyText(explain(world.manager.journal, 'last'));
    await world.tell('hot', 'host2', 'relieve');
    expect(why()).to.contain('Nothing to do: the goal holds already.').and.to.contain('What was seen');
    world.system.component('host2').setAttribute('maintenance', 'yes');
    await world.tell('hot', 'host1', 'relieve');
    expect(why())
      .to.contain('Infeasible: the goal does not hold')
      .and.to.match(/not-accepting \(\d+\)/);
    world.system.component('host2').setAttribute('maintenance', 'no');
    await world.tell('hot', 'host1', 'relieve');
    await world.pass(SETTLED_MS);
    const told = whyText(explain(world.manager.journal, 'Machine_1'));
    expect(told).to.contain('How it came to this').and.to.contain('hot: a test');
    expect(why()).to.contain('It helped as predicted.').and.to.contain('What was done').and.to.contain('migrated from');
  });

  it('say that a move that failed did nothing', async () => {
    const world = await governedWorld();
    world.infrastructure.faults.migrationsStall();
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('notMoved');
    await world.pass(SETTLED_MS);
    expect(world.effect()?.verdict).to.equal('not done');
    expect(world.effect()?.moves[0]?.end?.outcome).to.equal('failed');
  });

  it('say that it helped less, or not, where the load came back', async () => {
    const world = await governedWorld();
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('relieved');
    world.load(160);
    await world.pass(SETTLED_MS);
    expect(world.effect()?.verdict).to.be.oneOf(['helped less', 'did not help']);
  });

  it('say that the effect is not known where all is taken down before', async () => {
    const world = await governedWorld();
    await world.tell('hot', 'host1', 'relieve');
    await world.undeploy();
    expect(world.effect()?.verdict).to.equal('unknown');
  });

  it('chain the entries of the journal both ways, and list them', async () => {
    const world = await governedWorld();
    await world.tell('hot', 'host1', 'relieve');
    const [event] = world.of('event').slice(-1);
    const { followed, causes } = explain(world.manager.journal, String(event?.id));
    expect(causes).to.deep.equal([]);
    expect(followed.map(({ kind }) => kind)).to.include.members(['session', 'decision', 'operation', 'migration']);
    const { journal } = world.manager;
    const part = select(journal, { kinds: ['decision'], name: 'host1' });
    expect(part.entries.map(({ id }) => id)).to.deep.equal([world.decision()?.id]);
    const all = select(journal, { after: 0, limit: 10 });
    expect(all.entries).to.have.length(10);
    expect(select(journal, { after: all.last, limit: 1 }).entries[0]?.id).to.equal(all.last + 1);
    expect(() => explain(journal, '99999')).to.throw(/has no entry 99999/);
    expect(() => explain(journal, 'nobody')).to.throw(/No decision about "nobody"/);
  });

  it('are told by the next manager where one died between decision and effect', async () => {
    const world = new MortalWorld({}, 1, 'governed');
    await world.deploy();
    world.load(160);
    await world.clock.advance(20_000);
    world.manager.events.raise({ name: 'hot', component: 'host1', why: 'a test' });
    await world.clock.advance(6000);
    const decision = governed(world).decision();
    expect(governed(world).of('migration')).to.have.length(1);
    expect(governed(world).of('effect')).to.deep.equal([]);
    world.kill();
    await world.deploy();
    await world.clock.advance(SETTLED_MS);
    const effect = governed(world).effect();
    expect(effect?.decision).to.equal(decision?.id);
    expect(effect?.verdict).to.equal('as predicted');
    // it is told once
    world.kill();
    await world.deploy();
    await world.clock.advance(SETTLED_MS);
    expect(governed(world).of('effect')).to.have.length(1);
  });
});
