import { expect } from 'chai';
import { BusMember, type BusMemberOptions } from '../../../core/bus/member.js';
import { MemoryHub, type MemoryHubOptions } from '../../../core/bus/memory-hub.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { HelpRelease } from '../../../core/model/messages.js';
import { SeededRandom } from '../../../core/model/random.js';

function world(options: Partial<MemoryHubOptions> = {}) {
  const clock = new SimulatedClock(1_700_000_000_000);
  const hub = new MemoryHub({ clock, graceMs: 1000, ...options });
  const random = new SeededRandom(3);
  const member = (name: string, more: Partial<BusMemberOptions> = {}) =>
    BusMember.open(hub.transport(), { name, role: 'agent', clock, random, graceMs: 1000, ...more });
  return { clock, hub, member };
}

function release(offer: string): HelpRelease {
  return { negotiation: 'n', offer };
}

function hears(member: BusMember): string[] {
  const heard: string[] = [];
  member.subscribe('help.release', ({ offer }, from) => heard.push(`${from} ${offer}`));
  return heard;
}

function watches(member: BusMember): string[] {
  const lines: string[] = [];
  member.onMembership(({ kind, member: { name } }) => lines.push(`${kind} ${name}`));
  return lines;
}

describe('the hub in memory', () => {
  it('lets frames take their time, each between the bounds, and never past an earlier one', async () => {
    const { clock, member } = world({ delayMs: { least: 5, most: 50, random: new SeededRandom(2) } });
    const [a, b] = [await member('a'), await member('b')];
    const arrivals: number[] = [];
    const heard = hears(b);
    b.subscribe('help.release', () => arrivals.push(clock.now()));
    const begun = clock.now();
    for (let index = 0; index < 100; index += 1) a.publish('help.release', release(String(index)));
    await clock.advance(4);
    expect(heard).to.deep.equal([]);
    await clock.advance(100);
    expect(heard).to.deep.equal(Array.from({ length: 100 }, (_, index) => `a ${index}`));
    expect(Math.min(...arrivals)).to.be.at.least(begun + 5);
    expect(Math.max(...arrivals)).to.be.at.most(begun + 51);
  });

  it('loses what a rule says, and counts it', async () => {
    const { clock, hub, member } = world();
    const [a, b] = [await member('a'), await member('b')];
    const heard = hears(b);
    hub.lose = ({ from, to, channel, text }) =>
      from === 'a' && to === 'b' && channel === 't:help.release' && text.includes('"second"');
    for (const offer of ['first', 'second', 'third']) a.publish('help.release', release(offer));
    await clock.advance(10);
    expect(heard).to.deep.equal(['a first', 'a third']);
    expect(hub.lost).to.equal(1);
    expect(hub.carried('a')).to.deep.equal({ sent: 3, received: 0 });
    expect(hub.carried('b')).to.deep.equal({ sent: 0, received: 2 });
    expect(hub.carried('nobody')).to.deep.equal({ sent: 0, received: 0 });
  });

  it('is parted: nothing passes between the sides, each is told of the other after a while, and again once it heals', async () => {
    const { clock, hub, member } = world({ delayMs: 10 });
    const [a, b, c] = [await member('a'), await member('b'), await member('c')];
    const [seenByA, seenByC] = [watches(a), watches(c)];
    const heard = { a: hears(a), b: hears(b), c: hears(c) };
    await clock.advance(50);
    a.publish('help.release', release('on its way'));
    await clock.advance(1);
    hub.partition(['a', 'b']);
    a.publish('help.release', release('parted'));
    c.publish('help.release', release('parted'));
    await clock.advance(500);
    expect(heard.b).to.deep.equal(['a on its way', 'a parted']);
    expect(heard.c).to.deep.equal(['c parted']);
    expect(seenByA).to.deep.equal(['joined a', 'joined b', 'joined c']);
    await clock.advance(1000);
    expect(seenByA.slice(3)).to.deep.equal(['failed c']);
    expect(seenByC.slice(3)).to.have.members(['failed a', 'failed b']);
    hub.heal();
    await clock.advance(1);
    expect(seenByA.slice(4)).to.deep.equal(['joined c']);
    expect(seenByC.slice(5)).to.have.members(['joined a', 'joined b']);
    c.publish('help.release', release('healed'));
    await clock.advance(50);
    expect(heard.a).to.include('c healed');
    expect(a.counts.dropped).to.include({ replayed: 0, malformed: 0 });
  });

  it('that is parted for a moment only tells nobody', async () => {
    const { clock, hub, member } = world();
    const [a] = [await member('a'), await member('b')];
    const seen = watches(a);
    await clock.advance(10);
    hub.partition(['a'], ['b']);
    await clock.advance(500);
    hub.heal();
    await clock.advance(5000);
    expect(seen).to.deep.equal(['joined a', 'joined b']);
  });

  it('brings nobody back who died before its restart', async () => {
    const { clock, hub, member } = world();
    const [a, b] = [await member('a'), await member('b')];
    const seen = watches(a);
    await clock.advance(10);
    hub.kill('b');
    hub.stop();
    await clock.advance(100);
    hub.start();
    await clock.advance(5000);
    expect(a.connected).to.equal(true);
    expect(b.connected).to.equal(false);
    expect(seen).to.deep.equal(['joined a', 'joined b', 'failed b']);
  });

  it('hands messages over as they are, without text, where they need not be copied', async () => {
    for (const checks of [true, false]) {
      const { clock, member } = world({ copy: false });
      const [a, b] = [await member('a', { checks }), await member('b', { checks })];
      const heard: unknown[] = [];
      b.subscribe('help.release', (message) => heard.push(message));
      b.respond('agent.control', () => ({ everyMs: 1, accepting: true }));
      const message = release('as it is');
      const wrong = { wrong: true } as never;
      a.publish('help.release', message);
      a.publish('help.release', wrong);
      const answer = await clock.runUntil(a.request('b', 'agent.control', {}, { timeoutMs: 100 }));
      expect(answer.everyMs).to.equal(1);
      expect(heard).to.deep.equal(checks ? [message] : [message, wrong]);
      if (!checks) expect(heard[0]).to.equal(message);
      expect(b.counts.dropped.malformed).to.equal(checks ? 1 : 0);
    }
  });

  it('carries the frames of thousands of members', async () => {
    const { clock, hub, member } = world({ copy: false, delayMs: 5 });
    const many = 2000;
    let heard = 0;
    const members: BusMember[] = [];
    for (let index = 0; index < many; index += 1) {
      const each = await member(`host${index}`, { checks: false });
      each.subscribe('help.release', () => (heard += 1));
      members.push(each);
    }
    for (let round = 0; round < 10; round += 1) {
      for (const [index, each] of members.entries())
        each.publish('help.release', release('o'), `host${(index * 7 + round) % many}`);
      await clock.advance(10);
    }
    expect(heard).to.equal(many * 10);
    const received = members.reduce((sum, { name }) => sum + hub.carried(name).received, 0);
    expect(received, 'but for those that some address to themselves').to.be.within(many * 9, many * 10);
  });
});
