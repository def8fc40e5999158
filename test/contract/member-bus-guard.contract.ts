import { expect } from 'chai';
import type { BusMember } from '../../core/bus/member.js';
import type { Clock } from '../../core/model/clock.js';
import { MAX_MESSAGE_BYTES, MAX_SKEW_MS, type DropReason } from '../../core/model/member-bus.js';
import { event, messageText, type MemberBusWorld, type RawMember } from './member-bus.world.js';

export function memberBusGuardContract(world: () => MemberBusWorld): void {
  describe('what must not be believed', () => {
    let bob: BusMember;
    let mallory: RawMember;
    let heard: string[];

    beforeEach(async () => {
      bob = await world().member('bob');
      heard = [];
      bob.subscribe('event', ({ id }, from) => heard.push(`${from} ${id}`));
      mallory = await world().raw('mallory');
      await world().pass(100);
    });

    const text = (wrong: Parameters<typeof messageText>[2] = {}) => messageText('mallory', world().now(), wrong);

    /** A good message after the bad ones is heard: what was refused was no end to anything. */
    async function stillHears(): Promise<void> {
      mallory.send('t:event', text({ seq: 1_000_000, body: event(77) }));
      await world().until(() => heard.includes('mallory 77'), 'the good message is heard');
    }

    function onlyDropped(reason: DropReason, count: number): void {
      const others = Object.entries(bob.counts.dropped).filter(([one, many]) => one !== reason && many > 0);
      expect(others, 'other reasons').to.deep.equal([]);
      expect(bob.counts.dropped[reason], reason).to.equal(count);
      if (count === 0) return;
      const last = bob.counts.lastDropped[reason];
      expect(last?.from).to.equal('mallory');
      expect(last?.why).to.be.a('string').that.is.not.empty;
      expect(Math.abs((last?.at ?? 0) - world().now())).to.be.below(20_000);
    }

    it('is let through where nothing is wrong with it', async () => {
      mallory.send('t:event', text({ seq: 1 }));
      mallory.send('t:event', text({ seq: 5, body: event(2) }), 'bob');
      await world().until(() => heard.length === 2, 'both are heard');
      expect(heard).to.deep.equal(['mallory 1', 'mallory 2']);
      onlyDropped('malformed', 0);
    });

    it('malformed: no JSON, no envelope, no known topic, not its form, too much in it', async () => {
      const wrong = [
        'nonsense',
        '{',
        '',
        'null',
        '[]',
        '{"v":1}',
        text({ v: 2 }),
        text({ extra: 1 } as never),
        text({ seq: -1 }),
        text({ seq: 1.5 }),
        text({ at: 'now' }),
        text({ kind: 'shout' }),
        text({ seq: 11, body: { ...event(1), id: 'one' } }),
        text({ seq: 12, body: { ...event(1), surprise: true } }),
        text({ seq: 13, body: { id: 1 } }),
        text({ seq: 14, body: null }),
        text({ seq: 15, body: { ...event(1), component: '' } }),
        text({ seq: 16, body: { ...event(1), name: 'n'.repeat(300) } }),
        text({ seq: 17, body: { ...event(1), component: 'a\nb' } }),
        text({ seq: 18, name: 'reading' }),
        text({ seq: 19, name: 'no.such.topic' }),
        text({ seq: 20, name: 'constructor' }),
        text({ seq: 21, kind: 'ask', id: '1' }),
        `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
      ];
      for (const each of wrong) mallory.send('t:event', each);
      await stillHears();
      expect(heard).to.deep.equal(['mallory 77']);
      onlyDropped('malformed', wrong.length);
    });

    it('malformed: questions and answers that are none', async () => {
      bob.respond('agent.control', () => ({ everyMs: 1, accepting: true }));
      await world().pass(100);
      mallory.send('q:agent.control', text({ seq: 1, kind: 'ask', name: 'agent.control', body: {} }), 'bob');
      mallory.send('q:no.such', text({ seq: 2, kind: 'ask', name: 'no.such', id: '1', body: {} }), 'bob');
      mallory.send('answer', text({ seq: 3, kind: 'answer', name: 'no.such', id: '1', body: {} }), 'bob');
      mallory.send('answer', text({ seq: 4, kind: 'refuse', name: 'agent.control', id: '1', body: 'no' }), 'bob');
      await stillHears();
      onlyDropped('malformed', 4);
    });

    it('malformed is not an answer that nobody waits for', async () => {
      const body = { everyMs: 1, accepting: true };
      mallory.send('answer', text({ seq: 1, kind: 'answer', name: 'agent.control', id: 'x-1', body }), 'bob');
      await stillHears();
      onlyDropped('malformed', 0);
    });

    it('oversized: above 1 MiB, wherever it is refused', async () => {
      const long = text({ seq: 3, body: event(1, 'x'.repeat(MAX_MESSAGE_BYTES)) });
      mallory.send('t:event', long);
      const bytes = text({ seq: 4, body: event(1, 'ß'.repeat(MAX_MESSAGE_BYTES / 2)) });
      mallory.send('t:event', bytes);
      await stillHears();
      expect(heard).to.deep.equal(['mallory 77']);
      expect(bob.counts.dropped.oversized + world().refusedOnTheWay()).to.equal(2);
    });

    it('oversized: not sent by a member, which counts it and goes on', async () => {
      const alice = await world().member('alice');
      alice.publish('event', event(1, 'x'.repeat(MAX_MESSAGE_BYTES)));
      expect(alice.counts.dropped.oversized).to.equal(1);
      expect(alice.counts.lastDropped.oversized?.why).to.include('event');
      alice.publish('event', event(2));
      await world().until(() => heard.includes('alice 2'), 'the next one is heard');
      expect(heard).to.deep.equal(['alice 2']);
    });

    it('forged: it names another one as its sender', async () => {
      await world().member('alice');
      mallory.send('t:event', text({ from: 'alice' }));
      mallory.send('t:event', text({ from: 'bob', seq: 2 }), 'bob');
      await stillHears();
      expect(heard).to.deep.equal(['mallory 77']);
      onlyDropped('forged', 2);
      expect(bob.counts.lastDropped.forged?.why).to.include('bob').and.include('mallory');
    });

    it('replayed: its number was there already, or its sender has another life by now', async () => {
      const first = text({ seq: 10 });
      mallory.send('t:event', first);
      mallory.send('t:event', first);
      mallory.send('t:event', text({ seq: 9 }));
      mallory.send('t:event', text({ seq: 1, inc: '0bbbbbbbb-raw', body: event(2) }));
      mallory.send('t:event', text({ seq: 11 }));
      await world().until(() => heard.length === 2, 'the first and the new life are heard');
      await world().until(() => bob.counts.dropped.replayed === 3, 'three are refused');
      expect(heard).to.deep.equal(['mallory 1', 'mallory 2']);
      onlyDropped('replayed', 3);
    });

    it('skewed: it was sent too long ago, or will be', async () => {
      mallory.send('t:event', text({ seq: 1, at: world().now() - MAX_SKEW_MS - 5000 }));
      mallory.send('t:event', text({ seq: 2, at: world().now() + MAX_SKEW_MS + 5000 }));
      mallory.send('t:event', text({ seq: 3, at: world().now() - MAX_SKEW_MS + 15_000 }));
      await world().until(() => heard.length === 1, 'the third is heard');
      onlyDropped('skewed', 2);
      await stillHears();
    });

    it('skewed: all that a member with a wrong clock says', async () => {
      const { clock } = world();
      const ahead: Clock = {
        now: () => clock.now() + 60_000,
        setTimeout: (callback, delayMs) => clock.setTimeout(callback, delayMs),
        clearTimeout: (handle) => clock.clearTimeout(handle),
      };
      const alice = await world().member('alice', { clock: ahead });
      const asked = alice.request('bob', 'agent.control', {}, { timeoutMs: 300 }).catch((error: unknown) => error);
      alice.publish('event', event(1));
      await world().until(() => bob.counts.dropped.skewed === 2, 'both are refused');
      expect(bob.counts.lastDropped.skewed).to.deep.include({ from: 'alice' });
      expect(bob.counts.lastDropped.skewed?.why).to.match(/60\.\d s from now/);
      expect(await world().ends(asked)).to.have.property('code', 'no-answer');
      expect(heard).to.deep.equal([]);
    });
  });
}
