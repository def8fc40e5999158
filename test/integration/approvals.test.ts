import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import { governed, governedWorld } from '../support/governed-world.js';
import { MortalWorld } from '../support/mortal-world.js';

const HOST_MODES = [
  { what: 'the diagram', set: { mode: 'approve' } },
  { what: 'the host that would take it', set: { hostMode: 'approve' } },
  { what: 'the machines', set: { machineMode: 'approve' } },
] as const;

describe('modes of diagrams, hosts and machines', function () {
  this.timeout(60_000);

  for (const { what, set } of HOST_MODES)
    it(`ask an administrator where ${what} wants that, and do what is approved`, async () => {
      const world = await governedWorld({ set });
      const ended = world.ended('relieve');
      world.raise('hot', 'host1');
      await world.pass(5000);
      const [asked] = world.manager.control.approvals.pending;
      expect(asked?.what).to.match(/^move Machine_\d from host1 to host2$/);
      expect(world.manager.migrations).to.deep.equal([]);
      expect(world.manager.control.answer(asked?.id ?? 0, true, 'alice')).to.contain('approved');
      expect((await world.clock.runUntil(ended)).configuration.at(-1)).to.equal('relieved');
      expect(world.manager.migrations).to.have.length(1);
      expect(world.of('control').map(({ text }) => text)).to.deep.equal([`${asked?.what ?? ''}: approved by alice`]);
      await world.pass(30_000);
      expect(world.effect()?.decision).to.equal(asked?.id);
    });

  it('do nothing where an administrator declines, or nobody answers in time', async () => {
    const world = await governedWorld({ set: { mode: 'approve', within: '2 min' } });
    const first = world.ended('relieve');
    world.raise('hot', 'host1');
    await world.pass(1000);
    world.manager.control.answer(world.manager.control.approvals.pending[0]?.id ?? 0, false, 'bob');
    expect((await world.clock.runUntil(first)).configuration.at(-1)).to.equal('nothingToMove');
    const second = world.ended('relieve');
    world.raise('hot', 'host1');
    const before = world.clock.now();
    expect((await world.clock.runUntil(second)).configuration.at(-1)).to.equal('nothingToMove');
    expect(world.clock.now() - before).to.equal(120_000);
    expect(world.of('control').map(({ text }) => text)).to.match(/declined by bob/);
    expect(world.of('control').at(-1)?.text).to.contain('nobody answered in time');
    expect(world.manager.migrations).to.deep.equal([]);
    expect(() => world.manager.control.answer(1, true, 'bob')).to.throw(AttituneError, /Nothing waits for an answer/);
  });

  it('let others go on while an answer is waited for, and do not move what has moved meanwhile', async () => {
    const world = await governedWorld({ set: { mode: 'approve' } });
    const ended = world.ended('relieve');
    world.raise('hot', 'host1');
    await world.pass(1000);
    const [asked] = world.manager.control.approvals.pending;
    const [vm = ''] = asked?.subjects ?? [];
    // the administrator moves it by hand, as nothing is locked
    const { signal } = new AbortController();
    await world.clock.runUntil(
      world.manager.relocate({ vm, to: 'host2', by: 'host1', role: 'overloaded', since: 0, why: 'a test', signal }),
    );
    world.manager.control.answer(asked?.id ?? 0, true, 'alice');
    expect((await world.clock.runUntil(ended)).configuration.at(-1)).to.equal('nothingToMove');
    expect(world.of('control').at(-1)?.text).to.match(/not done, because the world has changed: .* on host2/);
    expect(world.manager.migrations).to.have.length(1);
  });

  it('tell only what is recommended, and every diagram ends in peace', async () => {
    const world = await governedWorld({ set: { mode: 'recommend' } });
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('nothingToMove');
    expect(world.decision()?.text).to.contain('it is told only, because the mode of the diagram relieve is recommend');
    expect(world.record()?.gate?.outcome).to.equal('recommended');
    await world.tell('crowded', 'Apache_1', 'scale-out');
    expect(world.states('Machine')).to.deep.equal({ Machine_1: 'started', Machine_2: 'started' });
    // it changes something without a decision: the first that would is told, and the diagram has no transition for that
    expect(await world.tell('stale', 'Tomcat_1', 'freshen')).to.equal('failed');
    const texts = world.texts();
    expect(texts).to.include(
      'freshen: Tomcat_1.configure would be done; it is told only, because the mode of the diagram freshen is recommend',
    );
    expect(texts.filter((text) => text.startsWith('Machine_1: alive')).length).to.be.greaterThan(0);
    expect(texts.filter((text) => text.startsWith('Tomcat_1: configure'))).to.have.length(2);
    expect(world.manager.migrations).to.deep.equal([]);
  });

  it('ask once for a procedure that decides nothing, and it goes on to its end', async () => {
    const world = await governedWorld({ set: { mode: 'approve' } });
    const ended = world.ended('freshen');
    world.raise('stale', 'Tomcat_1');
    await world.pass(1000);
    const [asked] = world.manager.control.approvals.pending;
    expect(asked?.what).to.equal('Tomcat_1.configure');
    world.manager.control.answer(asked?.id ?? 0, true, 'alice');
    expect((await world.clock.runUntil(ended)).configuration.at(-1)).to.equal('fresh');
    expect(world.manager.control.approvals.pending).to.deep.equal([]);
  });

  it('do not bound what administrators themselves tell to be done', async () => {
    const world = await governedWorld({ set: { mode: 'recommend', hostMode: 'recommend', machineMode: 'approve' } });
    expect(await world.tell('operator.relieve', 'host1', 'relieve')).to.equal('relieved');
    expect(world.manager.migrations).to.have.length(1);
  });

  it('are changed while the system runs', async () => {
    const world = await governedWorld();
    const { control } = world.manager;
    control.setMode('host2', 'recommend', 'alice');
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('nothingToMove');
    expect(world.decision()?.text).to.contain('the mode of host2 is recommend');
    control.setMode('host2', 'automatic', 'alice');
    control.setMode('relieve', 'recommend', 'alice');
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('nothingToMove');
    control.setMode('relieve', 'automatic', 'alice');
    expect(await world.tell('hot', 'host1', 'relieve')).to.equal('relieved');
    expect(() => control.setMode('relieve', 'sometimes', 'alice')).to.throw(AttituneError, /is no mode/);
    expect(() => control.setMode('host3', 'approve', 'alice')).to.throw(AttituneError, /no component and no diagram/);
  });

  it('wait for the same answer after the manager was killed, and take it then', async () => {
    const world = new MortalWorld({ mode: 'approve' }, 1, 'governed');
    await world.deploy();
    world.load(160);
    await world.clock.advance(20_000);
    world.manager.events.raise({ name: 'hot', component: 'host1', why: 'a test' });
    await world.clock.advance(60_000);
    const [asked] = world.manager.control.approvals.pending;
    world.manager.control.setMode('host1', 'approve', 'alice');
    await world.clock.advance(1000);
    world.kill();
    await world.deploy();
    await world.clock.advance(5000);
    expect(world.manager.control.approvals.pending).to.deep.equal([asked]);
    expect(world.manager.system.component('host1').attributes.get('mode')).to.equal('approve');
    world.manager.control.answer(asked?.id ?? 0, true, 'alice');
    await world.clock.advance(10_000);
    expect(world.manager.migrations).to.have.length(1);
    await world.clock.advance(30_000);
    expect(governed(world).effect()?.decision).to.equal(asked?.id);
  });
});
