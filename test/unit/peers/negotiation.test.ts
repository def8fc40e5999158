import { expect } from 'chai';
import { HelpWorld, vm } from '../../support/help/help-world.js';

const SIX = [1, 2, 3, 4, 5, 6].map((n) => vm(`vm${n}`));

describe('the help protocol of peers', function () {
  this.timeout(20_000);

  it('moves one VM to the first peer that offers, and the other one is free at once', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: {}, gerby: {} } });
    const asked = world.ask('ferby');
    await world.clock.advance(100);
    const reserved = ['herby', 'gerby'].map((name) => world.negotiator(name).reservedMiB);
    expect(reserved.sort()).to.deep.equal([0, 512]);
    const outcome = await world.clock.runUntil(asked);
    expect(outcome).to.deep.include({ kind: 'moved', vm: 'vm1' });
    expect(outcome).to.have.nested.property('migration.mode', 'live');
    await world.rest();
    expect(world.offerEnds.map(({ end }) => end).sort()).to.deep.equal(['arrived', 'released']);
    expect(world.places['vm1']).to.equal(outcome.kind === 'moved' ? outcome.to : '');
    expect(world.wrongs()).to.deep.equal([]);
  });

  it('ends at once where there is no VM to give, or nobody to ask, and after its time where nobody offers', async () => {
    const alone = await HelpWorld.open({ hosts: { ferby: { vms: SIX } } });
    expect(await alone.asked('ferby')).to.deep.equal({ kind: 'unanswered', why: 'no other peer is known' });
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: { memoryMiB: 400 } } });
    const begun = world.clock.now();
    expect(await world.asked('ferby')).to.deep.equal({ kind: 'unanswered', why: 'no offer within 2s' });
    expect(world.clock.now() - begun).to.equal(2000);
    expect(await world.asked('herby')).to.deep.equal({ kind: 'nothing', why: 'there is no VM to give away' });
    expect(world.negotiator('herby').counts.offered.declined).to.equal(1);
    expect(world.offerEnds[0]).to.include({ end: 'declined', why: 'none fits into 400 MiB of memory' });
  });

  it('costs a peer that takes nothing in no session', async () => {
    const world = await HelpWorld.open({
      hosts: { ferby: { vms: SIX }, herby: { vms: SIX.map((one) => vm(`h${one.name}`)) } },
    });
    expect(await world.asked('ferby')).to.include({ kind: 'unanswered' });
    expect(world.negotiator('herby').counts).to.include({ refused: 1 });
    expect(world.steps.filter(({ side }) => side === 'offer')).to.deep.equal([]);
  });

  it('sets no timer and holds no session while nothing is negotiated', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: {} } });
    await world.clock.advance(6000);
    expect(world.clock.nextDueAt).to.equal(undefined);
    await world.asked('ferby');
    await world.rest();
    expect(world.wrongs()).to.deep.equal([]);
  });

  it('gives one VM at a time, and a peer that gives or was promised one does not do the other meanwhile', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: {} } });
    const first = world.ask('ferby');
    await world.clock.advance(100);
    expect(await world.ask('ferby')).to.deep.equal({ kind: 'busy', why: 'it is giving another VM away' });
    expect(await world.ask('herby')).to.deep.equal({ kind: 'busy', why: 'it has promised to take a VM in' });
    expect([world.negotiator('ferby').giving, world.negotiator('herby').giving]).to.deep.equal([true, false]);
    await world.clock.runUntil(first);
    await world.rest();
    expect(['ferby', 'herby'].map((name) => world.negotiator(name).busy)).to.deep.equal([false, false]);
  });

  it('leaves a VM that just came where it is until its cool-down is over', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: {}, gerby: {} } });
    const outcome = await world.asked('ferby');
    await world.clock.advance(1000);
    const to = outcome.kind === 'moved' ? outcome.to : '';
    const host = world.host(to);
    for (const one of [1, 2, 3, 4]) host.vmsHere.set(`new${one}`, vm(`new${one}`, 0.9));
    // it is the largest, and would be the first to go
    expect(await world.asked(to)).to.include({ kind: 'moved', vm: 'new1' });
    host.vmsHere.set('new1', vm('new1', 0.9));
    world.host('ferby').vmsHere.delete('new1');
    world.host(to === 'herby' ? 'gerby' : 'herby').vmsHere.delete('new1');
    await world.clock.advance(300_000);
    expect(await world.asked(to)).to.include({ kind: 'moved', vm: 'vm1' });
  });

  it('takes two VMs of two peers only where both suit together', async () => {
    const many = (letter: string) => [1, 2, 3].map((n) => vm(`${letter}${n}`, 1.6));
    const world = await HelpWorld.open({
      hosts: { ferby: { vms: many('f') }, derby: { vms: many('d') }, herby: { vms: [vm('own', 1)] } },
    });
    const asked = [world.ask('ferby'), world.ask('derby')];
    const kinds = (await world.clock.runUntil(Promise.all(asked))).map(({ kind }) => kind);
    await world.rest();
    // 1 + 1.6 + 1.6 is above the four CPUs
    expect(kinds.sort()).to.deep.equal(['moved', 'unanswered']);
    expect(world.wrongs()).to.deep.equal([]);
  });

  it('gives up in its time where a hypervisor does not answer, and is ready for the next negotiation', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: {} } });
    world.host('herby').silent = true;
    expect(await world.asked('ferby')).to.deep.equal({ kind: 'unanswered', why: 'no offer within 2s' });
    await world.clock.advance(100);
    expect(world.offerEnds).to.have.length(1);
    expect(world.offerEnds[0]).to.include({ end: 'declined', why: 'the asker waits no longer for an offer' });
    world.host('herby').silent = false;
    world.host('ferby').silent = true;
    const begun = world.clock.now();
    expect(await world.asked('ferby')).to.include({ kind: 'nothing', why: 'the host did not tell its VMs within 10s' });
    expect(world.clock.now() - begun).to.equal(10_000);
    world.host('ferby').silent = false;
    expect(await world.asked('ferby')).to.include({ kind: 'moved' });
    await world.rest();
    expect(world.wrongs()).to.deep.equal([]);
  });

  it('does not insist on an offer for ever, however long that is said to be good', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: { memoryMiB: 400 } } });
    const bus = world.bus('herby');
    const asked = world.ask('ferby');
    bus.subscribe('help.request', ({ negotiation }, from) =>
      bus.publish('help.offer', { negotiation, offer: 'long', vm: 'vm1', untilMs: 7 * 86_400_000 }, from),
    );
    world.hub.lose = ({ channel }) => channel === 'q:help.accept';
    const begun = world.clock.now();
    expect(await world.clock.runUntil(asked)).to.deep.equal({
      kind: 'unanswered',
      why: 'herby did not answer in the time of its offer',
    });
    expect(world.clock.now() - begun).to.be.within(30_000, 30_100);
    await world.rest();
    expect(world.wrongs()).to.deep.equal([]);
  });

  it('reserves nothing any more when it took too long to decide', async () => {
    const world = await HelpWorld.open({
      hosts: { ferby: { vms: SIX }, derby: { vms: SIX.map((one) => vm(`d${one.name}`)) }, herby: {} },
    });
    const asked = [world.ask('ferby'), world.ask('derby')];
    // both have decided by now; the second must decide again, since the first reserves
    world.onStep = ({ peer, configuration }) => {
      if (peer === 'herby' && configuration.includes('holding')) world.host('herby').silent = true;
    };
    await world.clock.advance(5000);
    world.onStep = () => undefined;
    world.host('herby').silent = false;
    await world.clock.runUntil(Promise.all(asked));
    await world.rest();
    expect(world.wrongs()).to.deep.equal([]);
  });

  it('releases what it has offered or accepted when it is closed, and waits for its migration to be aborted', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: {} } });
    const asked = world.ask('ferby');
    await world.clock.advance(1000);
    expect(await world.host('ferby').migrating('vm1')).to.equal(true);
    await world.clock.runUntil(world.negotiator('ferby').close());
    expect(await asked).to.include({ kind: 'stopped' });
    expect(await world.host('ferby').migrating('vm1')).to.equal(false);
    await world.clock.advance(100);
    expect(world.offerEnds.map(({ end }) => end)).to.deep.equal(['released']);
    expect(world.places['vm1']).to.equal('ferby');
    expect(await world.ask('ferby')).to.include({ kind: 'stopped' });
    expect(world.wrongs()).to.deep.equal([]);
  });

  it('answers acceptances of others, for other VMs, and after the end with no', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX }, herby: {}, gerby: { memoryMiB: 100 } } });
    const asked = world.ask('ferby');
    await world.clock.advance(100);
    const [offer] = [...world.offered];
    const ask = (from: string, name: string) =>
      world.clock.runUntil(
        world.bus(from).request('herby', 'help.accept', { ...offer!, vm: name }, { timeoutMs: 1000 }),
      );
    expect(await ask('gerby', 'vm1')).to.deep.equal({ confirmed: false, why: 'there is no such offer (any more)' });
    expect(await ask('ferby', 'vm2')).to.include({ confirmed: false });
    expect(await ask('ferby', 'vm1')).to.deep.equal({ confirmed: true });
    await world.clock.runUntil(asked);
    await world.rest();
    expect(await ask('ferby', 'vm1')).to.include({ confirmed: false });
    expect(world.wrongs()).to.deep.equal([]);
  });

  it('does not migrate what its former life is still migrating', async () => {
    const world = await HelpWorld.open({ hosts: { ferby: { vms: SIX.slice(0, 5) }, herby: {} } });
    const began = world.ask('ferby');
    await world.clock.advance(1000);
    world.kill('ferby');
    await world.join('ferby');
    const again = world.ask('ferby');
    await world.clock.runUntil(again);
    await world.rest();
    void began;
    expect(world.wrongs()).to.deep.equal([]);
    expect(world.places['vm1']).to.equal('herby');
  });
});
