import { expect } from 'chai';
import type { Reading } from '../../core/model/administration.js';
import { event, type MemberBusWorld } from './member-bus.world.js';

function reading(value: number): Reading {
  return { probe: 'hostCpu', measure: 'cpu', component: 'host1', value, unit: 'ratio', at: 1000, durationMs: 1 };
}

export function memberBusMessagesContract(world: () => MemberBusWorld): void {
  describe('messages', () => {
    it('reach every other member that listens, with the name of who sent them, as they were', async () => {
      const [alice, bob, carol] = await Promise.all([
        world().member('alice'),
        world().member('bob'),
        world().member('carol'),
      ]);
      const heard: unknown[] = [];
      bob.subscribe('event', (message, from) => heard.push(['bob', from, message]));
      carol.subscribe('event', (message, from) => heard.push(['carol', from, message]));
      await world().pass(100);
      const sent = { ...event(7), arg: 'π = 3.14; "quoted"\n' };
      alice.publish('event', sent);
      await world().until(() => heard.length === 2, 'both hear it');
      expect(heard).to.have.deep.members([
        ['bob', 'alice', sent],
        ['carol', 'alice', sent],
      ]);
    });

    it('reach the listeners of the same member before publish returns', async () => {
      const alice = await world().member('alice');
      const heard: string[] = [];
      alice.subscribe('event', (_message, from) => heard.push(from));
      alice.publish('event', event(1));
      expect(heard).to.deep.equal(['alice']);
      await world().pass(50);
      expect(heard, 'they do not come back').to.deep.equal(['alice']);
    });

    it('arrive in the order of their publisher, also across topics', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const heard: string[] = [];
      bob.subscribe('event', ({ id }) => heard.push(`event ${id}`));
      bob.subscribe('reading', ({ value }) => heard.push(`reading ${value ?? ''}`));
      await world().pass(100);
      const expected: string[] = [];
      for (let id = 1; id <= 500; id += 1) {
        alice.publish('event', event(id));
        alice.publish('reading', reading(id));
        expected.push(`event ${id}`, `reading ${id}`);
      }
      await world().until(() => heard.length >= 1000, 'all are heard');
      expect(heard).to.deep.equal(expected);
      expect(bob.counts.received).to.equal(1000);
      expect(alice.counts.sent).to.be.at.least(1000);
    });

    it('to one member reach only that one, in order with what all hear', async () => {
      const [alice, bob, carol] = await Promise.all([
        world().member('alice'),
        world().member('bob'),
        world().member('carol'),
      ]);
      const heard: string[] = [];
      for (const member of [alice, bob, carol])
        member.subscribe('event', ({ id }) => heard.push(`${member.name} ${id}`));
      await world().pass(100);
      alice.publish('event', event(1));
      alice.publish('event', event(2), 'bob');
      alice.publish('event', event(3));
      alice.publish('event', event(4), 'alice');
      await world().until(() => heard.includes('bob 3') && heard.includes('carol 3'), 'the last one is heard');
      expect(heard.filter((line) => line.startsWith('bob'))).to.deep.equal(['bob 1', 'bob 2', 'bob 3']);
      expect(heard.filter((line) => line.startsWith('carol'))).to.deep.equal(['carol 1', 'carol 3']);
      expect(heard.filter((line) => line.startsWith('alice'))).to.deep.equal(['alice 1', 'alice 3', 'alice 4']);
    });

    it('come no more after the last listener has gone, and again for a new one', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const heard: string[] = [];
      const first = bob.subscribe('event', ({ id }) => heard.push(`first ${id}`));
      const second = bob.subscribe('event', ({ id }) => heard.push(`second ${id}`));
      await world().pass(100);
      alice.publish('event', event(1));
      await world().until(() => heard.length === 2, 'both listeners hear it');
      first.unsubscribe();
      alice.publish('event', event(2));
      await world().until(() => heard.length === 3, 'one listener hears it');
      second.unsubscribe();
      await world().pass(100);
      alice.publish('event', event(3));
      await world().pass(100);
      bob.subscribe('event', ({ id }) => heard.push(`third ${id}`));
      await world().pass(100);
      alice.publish('event', event(4));
      await world().until(() => heard.includes('third 4'), 'the new listener hears it');
      expect(heard).to.deep.equal(['first 1', 'second 1', 'second 2', 'third 4']);
    });

    it('keep one order for all listeners of a member, also where one of them publishes', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const early: number[] = [];
      const late: number[] = [];
      bob.subscribe('event', ({ id }) => {
        early.push(id);
        if (id === 1) bob.publish('event', event(2));
      });
      bob.subscribe('event', ({ id }) => late.push(id));
      await world().pass(100);
      alice.publish('event', event(1));
      await world().until(() => late.length === 2, 'both are heard');
      expect(early).to.deep.equal([1, 2]);
      expect(late).to.deep.equal(early);
    });

    it('survive a listener that throws', async () => {
      const errors: unknown[] = [];
      const alice = await world().member('alice');
      const bob = await world().member('bob', { onError: (error) => errors.push(error) });
      const heard: number[] = [];
      bob.subscribe('event', () => {
        throw new Error('this listener is broken');
      });
      bob.subscribe('event', ({ id }) => heard.push(id));
      await world().pass(100);
      alice.publish('event', event(1));
      alice.publish('event', event(2));
      await world().until(() => heard.length === 2, 'both are heard');
      expect(errors).to.have.length(2);
    });
  });
}
