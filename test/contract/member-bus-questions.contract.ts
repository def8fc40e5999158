import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { MemberBusWorld } from './member-bus.world.js';

async function failure(promise: Promise<unknown>): Promise<AttituneError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(AttituneError);
  return error as AttituneError;
}

const SHORT = { timeoutMs: 400 };
const LONG = { timeoutMs: 10_000 };

export function memberBusQuestionsContract(world: () => MemberBusWorld): void {
  describe('questions', () => {
    it('are answered by the member that is asked, at once or later', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const asked: unknown[] = [];
      bob.respond('agent.control', (body, from) => {
        asked.push([body, from]);
        return { everyMs: body.everyMs ?? 5000, accepting: true };
      });
      bob.respond('manager.emit', async ({ event }) => {
        await Promise.resolve();
        return { id: event.length };
      });
      const control = await world().ends(alice.request('bob', 'agent.control', { everyMs: 250 }, LONG));
      expect(control).to.deep.equal({ everyMs: 250, accepting: true });
      expect(asked).to.deep.equal([[{ everyMs: 250 }, 'alice']]);
      const emitted = alice.request('bob', 'manager.emit', { event: 'abc', component: 'c', source: 's' }, LONG);
      expect(await world().ends(emitted)).to.deep.equal({ id: 3 });
    });

    it('to oneself are answered, too', async () => {
      const alice = await world().member('alice');
      alice.respond('agent.control', (_body, from) => ({ everyMs: from.length, accepting: false }));
      const answer = await world().ends(alice.request('alice', 'agent.control', {}, LONG));
      expect(answer).to.deep.equal({ everyMs: 5, accepting: false });
    });

    it('end in the error that the responder ended in, by code and message', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      bob.respond('agent.control', ({ everyMs }) => {
        if (everyMs === 1) throw new AttituneError('no-capacity', 'There is no room on host1.');
        throw new Error('a fault');
      });
      const known = await failure(world().ends(alice.request('bob', 'agent.control', { everyMs: 1 }, LONG)));
      expect([known.code, known.message]).to.deep.equal(['no-capacity', 'There is no room on host1.']);
      const other = await failure(world().ends(alice.request('bob', 'agent.control', {}, LONG)));
      expect([other.code, other.message]).to.deep.equal(['internal', 'a fault']);
    });

    it('end in no-answer: at their time-out, where nobody responds, and where nobody of that name is there', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      bob.respond('agent.control', () => new Promise<never>(() => undefined));
      const silent = await failure(world().ends(alice.request('bob', 'agent.control', {}, SHORT)));
      expect(silent.code).to.equal('no-answer');
      expect(silent.message).to.include('bob').and.include('agent.control');
      const nobody = await failure(world().ends(alice.request('bob', 'agent.describe', {}, SHORT)));
      expect(nobody.code).to.equal('no-answer');
      const stranger = await failure(world().ends(alice.request('nobody', 'agent.describe', {}, SHORT)));
      expect(stranger.code).to.equal('no-answer');
      const impossible = await failure(world().ends(alice.request('no such name', 'agent.describe', {}, SHORT)));
      expect(impossible.code).to.equal('no-answer');
    });

    it('can be cancelled, before and after they were asked', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      bob.respond('agent.control', () => new Promise<never>(() => undefined));
      const early = new AbortController();
      early.abort();
      const first = alice.request('bob', 'agent.control', {}, { ...LONG, signal: early.signal });
      expect((await failure(world().ends(first))).code).to.equal('cancelled');
      const late = new AbortController();
      const second = failure(alice.request('bob', 'agent.control', {}, { ...LONG, signal: late.signal }));
      const many = failure(alice.requestMany('agent.control', {}, { ...LONG, signal: late.signal }));
      late.abort();
      expect((await second).code).to.equal('cancelled');
      expect((await many).code).to.equal('cancelled');
    });

    it('to everybody end at the deadline with all answers; refusals are left out', async () => {
      const alice = await world().member('alice');
      for (const [index, name] of ['bob', 'carol', 'dave', 'eve'].entries()) {
        const member = await world().member(name);
        member.respond('agent.control', () => {
          if (name === 'dave') throw new AttituneError('not-permitted', 'dave says nothing');
          return { everyMs: index + 1, accepting: true };
        });
      }
      await world().member('frank');
      await world().pass(100);
      const answers = await world().ends(alice.requestMany('agent.control', {}, SHORT));
      const by = Object.fromEntries(answers.map(({ from, answer }) => [from, answer.everyMs]));
      expect(by).to.deep.equal({ bob: 1, carol: 2, eve: 4 });
    });

    it('to everybody end with as many answers as were asked for, and include the own one', async () => {
      const alice = await world().member('alice');
      for (const name of ['bob', 'carol', 'dave']) {
        const member = await world().member(name);
        member.respond('agent.control', () => ({ everyMs: 1, accepting: true }));
      }
      await world().pass(100);
      const before = world().now();
      const two = await world().ends(alice.requestMany('agent.control', {}, { ...LONG, atMost: 2 }));
      expect(two).to.have.length(2);
      expect(world().now() - before).to.be.below(LONG.timeoutMs);
      alice.respond('agent.control', () => ({ everyMs: 2, accepting: true }));
      const four = await world().ends(alice.requestMany('agent.control', {}, { ...LONG, atMost: 4 }));
      expect(four.map(({ from }) => from)).to.have.members(['alice', 'bob', 'carol', 'dave']);
      expect(await world().ends(alice.requestMany('agent.describe', {}, SHORT))).to.deep.equal([]);
    });

    it('have one responder each, until it is taken away', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const first = bob.respond('agent.control', () => ({ everyMs: 1, accepting: true }));
      expect(() => bob.respond('agent.control', () => ({ everyMs: 2, accepting: true })))
        .to.throw(AttituneError)
        .with.property('code', 'duplicate-name');
      first.unsubscribe();
      expect((await failure(world().ends(alice.request('bob', 'agent.control', {}, SHORT)))).code).to.equal(
        'no-answer',
      );
      bob.respond('agent.control', () => ({ everyMs: 3, accepting: true }));
      first.unsubscribe();
      expect((await world().ends(alice.request('bob', 'agent.control', {}, LONG))).everyMs).to.equal(3);
    });

    it('of no known form are refused by who is asked, and counted', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      bob.respond('agent.control', () => ({ everyMs: 1, accepting: true }));
      bob.respond('agent.describe', () => ({ everyMs: 'no description' }) as never);
      const asked = await failure(world().ends(alice.request('bob', 'agent.control', { everyMs: -5 }, LONG)));
      expect(asked.code).to.equal('protocol');
      expect(asked.message).to.include('everyMs');
      expect(bob.counts.dropped.malformed).to.equal(1);
      const answered = await failure(world().ends(alice.request('bob', 'agent.describe', {}, LONG)));
      expect(answered.code).to.equal('protocol');
      expect(alice.counts.dropped.malformed).to.equal(1);
    });

    it('and answers that are too long end in an error', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const long = 'x'.repeat(1024 * 1024);
      bob.respond('agent.execute', ({ method }) => (method === 'get' ? { content: long } : {}));
      const put = alice.request('bob', 'agent.execute', { key: 'k', method: 'put', path: '/f', content: long }, LONG);
      expect((await failure(world().ends(put))).code).to.equal('value');
      expect(alice.counts.dropped.oversized).to.equal(1);
      const get = alice.request('bob', 'agent.execute', { key: 'k', method: 'get', path: '/f' }, LONG);
      expect((await failure(world().ends(get))).code).to.equal('value');
    });
  });
}
