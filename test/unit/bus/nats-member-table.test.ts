import { expect } from 'chai';
import { MemberTable } from '../../../core/bus/nats/member-table.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Member } from '../../../core/model/member-bus.js';

describe('members of a NATS server, by what was heard of them', () => {
  const host1: Member = { name: 'host1', role: 'agent', incarnation: '1' };
  const host2: Member = { name: 'host2', role: 'agent', incarnation: '1' };

  function table() {
    const clock = new SimulatedClock(1000);
    const seen: string[] = [];
    const members = new MemberTable(clock, {
      onChange: ({ kind, member, at, why }) =>
        seen.push(`${at} ${kind} ${member.name}/${member.incarnation}${why === undefined ? '' : ` ${why}`}`),
      onLate: ({ name }) => seen.push(`${clock.now()} late ${name}`),
    });
    return { clock, seen, members };
  }

  it('takes a renewal for no news, and a new life for an end and a beginning', () => {
    const { seen, members } = table();
    members.resume([host1], 1000);
    members.heard(host1);
    members.heard(host2);
    members.heard({ ...host1, incarnation: '2' });
    members.left('host2');
    members.left('host9');
    expect(seen).to.deep.equal([
      '1000 joined host2/1',
      '1000 failed host1/1 it was begun anew',
      '1000 joined host1/2',
      '1000 left host2/1',
    ]);
  });

  it('finds a silent one late once, and then failed; one that renews itself stays', async () => {
    const { clock, seen, members } = table();
    members.resume([host1, host2], 1000);
    for (let second = 0; second < 5; second += 1) {
      await clock.advance(1000);
      members.heard(host2);
    }
    expect(seen).to.deep.equal(['2500 late host1', '4000 failed host1/1 nothing was heard of it for 3 s']);
    members.pause();
    expect(clock.nextDueAt).to.equal(undefined);
  });

  it('lets nobody fail while nothing can be heard', async () => {
    const { clock, seen, members } = table();
    members.resume([host1], 1000);
    members.pause();
    await clock.advance(60_000);
    expect(seen).to.deep.equal([]);
    members.resume([host1], 1000);
    await clock.advance(1400);
    expect(seen).to.deep.equal([]);
  });

  it('believes nothing about a life that is over', () => {
    const { seen, members } = table();
    members.resume([{ ...host1, incarnation: '2' }], 1000);
    members.failed(host1, 'its connection was lost');
    expect(seen).to.deep.equal([]);
  });
});
