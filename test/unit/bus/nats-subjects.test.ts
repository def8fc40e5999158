import { expect } from 'chai';
import fc from 'fast-check';
import { everythingTo, nameOf, readSubject, spaceOf, toAll, tokenOf, toOne } from '../../../core/bus/nats/subjects.js';
import type { Channel } from '../../../core/bus/transport.js';
import { AttituneError } from '../../../core/model/errors.js';

describe('subjects of frames on NATS', () => {
  const space = spaceOf();
  const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/);
  const channels = fc.constantFrom<Channel>('t:help.request', 't:event', 'q:agent.execute', 'answer');

  it('say sender and channel, for every name that a member can have', () => {
    fc.assert(
      fc.property(names, names, channels, (from, to, channel) => {
        expect(nameOf(tokenOf(from))).to.equal(from);
        expect(tokenOf(from)).to.match(/^[^.*> ]+$/);
        expect(readSubject(toAll(space, from, channel))).to.deep.equal({ sender: from, channel });
        expect(readSubject(toOne(space, from, to, channel))).to.deep.equal({ sender: from, channel });
        expect(toOne(space, from, to, channel).split('.')[4]).to.equal(everythingTo(space, to).split('.')[4]);
      }),
    );
  });

  it('of no form of ours are topics that nobody knows', () => {
    for (const subject of ['', 'attitune', 'attitune.main.host1.to.host2', 'attitune.main.host1.to.host2.answer.x'])
      expect(readSubject(subject).channel).to.match(/^t:/);
  });

  it('are in a space whose name is a word', () => {
    for (const name of ['', 'a.b', '*', '>', 'a b', 'x'.repeat(33)])
      expect(() => spaceOf(name)).to.throw(AttituneError, 'space');
  });
});
