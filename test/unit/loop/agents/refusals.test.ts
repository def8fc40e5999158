import { expect } from 'chai';
import { Counts } from '../../../../core/bus/counts.js';
import { Refusals } from '../../../../core/loop/agents/refusals.js';

describe('what is told of refused messages', () => {
  let counts: Counts;
  let refusals: Refusals;
  const texts = (now: number) => refusals.look(counts.copy(), now).map(({ text }) => text);
  beforeEach(() => {
    counts = new Counts();
    refusals = new Refusals();
  });

  it('is nothing where nothing was refused', () => {
    expect(texts(0)).to.deep.equal([]);
  });

  it('is the first at once, then one line a minute and kind, with the number', () => {
    counts.drop('forged', { at: 1, from: 'host1', why: 'it names host2' });
    expect(texts(1000)).to.deep.equal([
      'a message was refused, naming another sender than the one that it came from; it was from host1: it names host2',
    ]);
    counts.drop('forged', { at: 2, from: 'host1', why: 'it names host2' });
    counts.drop('malformed', { at: 2, from: 'host3', why: 'no JSON' });
    expect(texts(2000)).to.deep.equal([
      'a message was refused, not of the form that messages have; it was from host3: no JSON',
    ]);
    counts.drop('forged', { at: 3, from: 'host2', why: 'it names host1' }, 4);
    expect(texts(60_999)).to.deep.equal([]);
    expect(texts(61_000)).to.deep.equal([
      '5 messages were refused, naming another sender than the one that it came from; the last one was from host2: it names host1',
    ]);
    expect(texts(200_000)).to.deep.equal([]);
  });

  it('tells again after the clock was set back', () => {
    counts.drop('skewed', { at: 1, why: 'far away' });
    expect(texts(1_000_000)).to.have.length(1);
    counts.drop('skewed', { at: 2, why: 'far away' });
    expect(texts(5)).to.have.length(1);
  });

  it('counts what this side refused itself, and connections', () => {
    refusals.refuse('connection', { at: 1, from: 'host1', why: 'another member has that name' });
    refusals.refuse('forged', { at: 1, from: 'host1', why: 'its heartbeat names host2' });
    counts.drop('forged', { at: 5, from: 'host9', why: 'it names host1' });
    expect(refusals.counts(counts)).to.include({ connection: 1, forged: 2, malformed: 0 });
    expect(texts(10)).to.deep.equal([
      '2 messages were refused, naming another sender than the one that it came from; the last one was from host9: it names host1',
      'a connection was refused; it was from host1: another member has that name',
    ]);
  });

  it('is known by sender', () => {
    counts.drop('malformed', { at: 1, from: 'host1', why: 'no JSON' }, 2);
    texts(1);
    counts.drop('malformed', { at: 2, from: 'host2', why: 'no JSON' });
    counts.drop('skewed', { at: 2, from: 'host1', why: 'far away' });
    texts(2);
    expect(refusals.of('host1')).to.deep.equal({ malformed: 2, skewed: 1 });
    expect(refusals.of('host2')).to.deep.equal({ malformed: 1 });
    expect(refusals.of('host3')).to.deep.equal({});
  });
});
