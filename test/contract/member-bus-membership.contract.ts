import { expect } from 'chai';
import type { BusMember } from '../../core/bus/member.js';
import { AttituneError } from '../../core/model/errors.js';
import type { MembershipChange } from '../../core/model/member-bus.js';
import type { MemberBusWorld } from './member-bus.world.js';

/** Everything that a member is told, as `joined alice`. */
export function story(member: BusMember): string[] {
  const lines: string[] = [];
  member.onMembership(({ kind, member: { name } }) => lines.push(`${kind} ${name}`));
  return lines;
}

export function memberBusMembershipContract(world: () => MemberBusWorld): void {
  describe('membership', () => {
    it('tells who is there, oneself included, and then who comes', async () => {
      const alice = await world().member('alice', { role: 'manager' });
      const bob = await world().member('bob', { role: 'agent' });
      const seen: MembershipChange[] = [];
      alice.onMembership((change) => seen.push(change));
      await world().until(() => seen.length === 2, 'alice sees both');
      expect(seen.map(({ kind, member }) => [kind, member.name, member.role])).to.have.deep.members([
        ['joined', 'alice', 'manager'],
        ['joined', 'bob', 'agent'],
      ]);
      expect(seen.find(({ member }) => member.name === 'bob')?.member).to.deep.equal(bob.member);
      await world().member('carol');
      await world().until(() => seen.length === 3, 'alice sees carol');
      expect(seen[2]?.member.name).to.equal('carol');
      const later = story(alice);
      expect(later, 'another listener hears of all at once').to.have.members([
        'joined alice',
        'joined bob',
        'joined carol',
      ]);
    });

    it('tells once who left in order', async () => {
      const [alice, bob] = [await world().member('alice'), await world().member('bob')];
      const seen = story(alice);
      await world().until(() => seen.includes('joined bob'), 'alice sees bob');
      await bob.close();
      await bob.close();
      await world().until(() => seen.includes('left bob'), 'alice sees that bob left');
      await world().pass(world().graceMs * 1.5);
      expect(seen.filter((line) => line.endsWith('bob'))).to.deep.equal(['joined bob', 'left bob']);
    });

    it('tells once, after a grace, who is gone without a word', async () => {
      const alice = await world().member('alice');
      const [bob] = [await world().member('bob')];
      const seen = story(alice);
      const why: (string | undefined)[] = [];
      alice.onMembership((change) => {
        if (change.kind === 'failed') why.push(change.why);
      });
      await world().until(() => seen.includes('joined bob'), 'alice sees bob');
      world().kill(bob.name);
      await world().until(() => seen.includes('failed bob'), 'alice sees that bob failed');
      await world().pass(world().graceMs * 1.5);
      expect(seen.filter((line) => line.endsWith('bob'))).to.deep.equal(['joined bob', 'failed bob']);
      expect(why[0]).to.be.a('string').that.is.not.empty;
    });

    it('lets one that died come back at once under its name, as another life of it', async () => {
      const alice = await world().member('alice');
      const former = await world().member('bob');
      const seen = story(alice);
      await world().until(() => seen.includes('joined bob'), 'alice sees bob');
      world().kill('bob');
      const again = await world().member('bob');
      expect(again.member.incarnation).not.to.equal(former.member.incarnation);
      await world().until(() => seen.filter((line) => line === 'joined bob').length === 2, 'alice sees the new one');
      await world().pass(world().graceMs * 1.5);
      expect(seen.filter((line) => line.endsWith('bob'))).to.deep.equal(['joined bob', 'failed bob', 'joined bob']);
      const heard: string[] = [];
      alice.subscribe('event', ({ why }, from) => heard.push(`${from} ${why}`));
      await world().pass(100);
      again.publish('event', { id: 1, name: 'e', component: 'c', at: 1, why: 'a new life' });
      await world().until(() => heard.length === 1, 'the new one is heard');
      expect(heard).to.deep.equal(['bob a new life']);
    });

    it('refuses a name that is taken, and leaves its owner alone', async () => {
      const alice = await world().member('alice');
      const bob = await world().member('bob');
      const seen = story(alice);
      const error = await world()
        .member('bob')
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      expect(AttituneError.is(error, 'name-taken'), String(error)).to.equal(true);
      expect((error as AttituneError).message).to.include('bob');
      await world().pass(world().graceMs * 1.5);
      expect(seen.filter((line) => line.startsWith('failed') || line.startsWith('left'))).to.deep.equal([]);
      expect(bob.connected).to.equal(true);
    });

    it('refuses a name that cannot be one', async () => {
      for (const name of ['', 'two words', '-host', 'a'.repeat(64), 'ärger', 'a>b', '*']) {
        const error = await world()
          .member(name)
          .then(
            () => undefined,
            (reason: unknown) => reason,
          );
        expect(AttituneError.is(error, 'value'), JSON.stringify(name)).to.equal(true);
      }
    });
  });
}
