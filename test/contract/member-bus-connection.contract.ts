import { expect } from 'chai';
import { event, type MemberBusWorld } from './member-bus.world.js';
import { story } from './member-bus-membership.contract.js';

export function memberBusConnectionContract(world: () => MemberBusWorld): void {
  describe('a lost connection', () => {
    it('is told, and that it is there again; what was published meanwhile arrives then, in order', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const heard: number[] = [];
      bob.subscribe('event', ({ id }) => heard.push(id));
      const told: boolean[] = [];
      bob.onConnection(({ connected }) => told.push(connected));
      alice.onConnection(({ connected }) => told.push(connected));
      await world().pass(100);
      alice.publish('event', event(1));
      await world().until(() => heard.length === 1, 'the first is heard');
      world().cut('alice');
      await world().until(() => !alice.connected, 'alice knows that she is cut off');
      const own: number[] = [];
      alice.subscribe('event', ({ id }) => own.push(id));
      for (let id = 2; id <= 300; id += 1) alice.publish('event', event(id));
      expect(own, 'her own listeners hear at once').to.have.length(299);
      await world().pass(50);
      expect(heard).to.deep.equal([1]);
      world().mend('alice');
      alice.publish('event', event(301));
      await world().until(() => heard.length === 301, 'all are heard');
      expect(heard).to.deep.equal(Array.from({ length: 301 }, (_, index) => index + 1));
      expect(alice.connected).to.equal(true);
      expect(told).to.deep.equal([false, true]);
      expect(alice.counts.dropped.buffer).to.equal(0);
      expect(bob.counts.dropped).to.include({ replayed: 0, malformed: 0, skewed: 0 });
    });

    it('of a member that comes back within the grace is no failure', async () => {
      const alice = await world().member('alice');
      const bob = await world().member('bob');
      const seen = story(alice);
      await world().until(() => seen.includes('joined bob'), 'alice sees bob');
      world().cut('bob');
      await world().until(() => !bob.connected, 'bob knows that he is cut off');
      world().mend('bob');
      await world().until(() => bob.connected, 'bob is back');
      await world().pass(world().graceMs * 1.5);
      expect(seen.filter((line) => line.endsWith('bob'))).to.deep.equal(['joined bob']);
    });

    it('stamps what waited with the time when it is really sent', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const heard: number[] = [];
      bob.subscribe('event', ({ id }) => heard.push(id));
      await world().pass(100);
      world().cut('alice');
      await world().until(() => !alice.connected, 'alice knows that she is cut off');
      alice.publish('event', event(1));
      await world().pass(300);
      world().mend('alice');
      await world().until(() => heard.length === 1, 'it is heard');
      expect(bob.counts.dropped.skewed).to.equal(0);
    });

    it('keeps what is published up to a bound; the oldest is dropped and counted', async () => {
      const alice = await world().member('alice', { outbox: { messages: 10, bytes: 1_000_000 } });
      const carol = await world().member('carol', { outbox: { messages: 1000, bytes: 10_000 } });
      const bob = await world().member('bob');
      const heard: string[] = [];
      bob.subscribe('event', ({ id }, from) => heard.push(`${from} ${id}`));
      await world().pass(100);
      for (const member of [alice, carol]) {
        world().cut(member.name);
        await world().until(() => !member.connected, 'it knows that it is cut off');
      }
      for (let id = 1; id <= 15; id += 1) alice.publish('event', event(id));
      for (let id = 1; id <= 4; id += 1) carol.publish('event', event(id, 'x'.repeat(4000)));
      expect(alice.counts.dropped.buffer).to.equal(5);
      expect(alice.counts.lastDropped.buffer?.why).to.include('event');
      expect(carol.counts.dropped.buffer).to.equal(2);
      world().mend('alice');
      await world().until(() => heard.includes('alice 15'), 'what alice kept is heard');
      expect(heard).to.deep.equal([6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((id) => `alice ${id}`));
      world().mend('carol');
      await world().until(() => heard.includes('carol 4'), 'what carol kept is heard');
      expect(heard.filter((line) => line.startsWith('carol'))).to.deep.equal(['carol 3', 'carol 4']);
    });

    it('lets a question wait until its time-out; one that is over is not asked any more', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const asked: (number | undefined)[] = [];
      bob.respond('agent.control', ({ everyMs }) => {
        asked.push(everyMs);
        return { everyMs: 1, accepting: true };
      });
      await world().pass(100);
      world().cut('alice');
      await world().until(() => !alice.connected, 'alice knows that she is cut off');
      const short = alice
        .request('bob', 'agent.control', { everyMs: 1 }, { timeoutMs: 100 })
        .catch((error: unknown) => error);
      const long = alice.request('bob', 'agent.control', { everyMs: 2 }, { timeoutMs: 12_000 });
      expect(await world().ends(short)).to.have.property('code', 'no-answer');
      world().mend('alice');
      expect(await world().ends(long)).to.deep.equal({ everyMs: 1, accepting: true });
      expect(asked).to.deep.equal([2]);
    });

    it('of everybody, by a restart of what is in the middle, ends by itself; nobody has failed', async () => {
      const [alice, bob, carol] = [
        await world().member('alice'),
        await world().member('bob'),
        await world().member('carol'),
      ];
      const seen = story(alice);
      await world().until(() => seen.length === 3, 'alice sees all');
      const heard: string[] = [];
      for (const member of [alice, bob, carol])
        member.subscribe('event', ({ id }, from) => heard.push(`${member.name} heard ${from} ${id}`));
      bob.respond('agent.control', () => ({ everyMs: 1, accepting: true }));
      await world().restart();
      await world().until(() => alice.connected && bob.connected && carol.connected, 'all are back');
      await world().pass(200);
      alice.publish('event', event(1));
      bob.publish('event', event(2), 'alice');
      await world().until(() => heard.length === 4, 'all are heard');
      expect(heard).to.have.members([
        'alice heard alice 1',
        'bob heard alice 1',
        'carol heard alice 1',
        'alice heard bob 2',
      ]);
      const answer = await world().ends(alice.request('bob', 'agent.control', {}, { timeoutMs: 10_000 }));
      expect(answer.everyMs).to.equal(1);
      await world().pass(world().graceMs * 1.5);
      expect(seen).to.have.members(['joined alice', 'joined bob', 'joined carol']);
      await carol.close();
      await world().until(() => seen.includes('left carol'), 'who leaves is told again');
    });

    it('is no way to hear anything after one has left', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const heard: number[] = [];
      bob.subscribe('event', ({ id }) => heard.push(id));
      await world().pass(100);
      for (let id = 1; id <= 100; id += 1) alice.publish('event', event(id));
      await alice.close();
      await world().until(() => heard.length === 100, 'what was published before it left is heard');
      alice.publish('event', event(101));
      const error = await world().ends(
        alice.request('bob', 'agent.control', {}, { timeoutMs: 500 }).catch((reason: unknown) => reason),
      );
      expect(error).to.have.property('code', 'bus');
      expect(alice.connected).to.equal(false);
      await world().pass(100);
      expect(heard).to.have.length(100);
    });
  });
}
