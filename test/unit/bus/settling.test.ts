import { expect } from 'chai';
import { Settling, type Held } from '../../../core/bus/websocket/settling.js';
import type { Channel } from '../../../core/bus/transport.js';
import { SimulatedClock } from '../../../core/model/clock.js';

function held(from: string, text: string, to?: string, id?: string): Held {
  return {
    from,
    channel: 't:event',
    data: Buffer.from(text),
    ...(to === undefined ? {} : { to }),
    ...(id === undefined ? {} : { id }),
  };
}

describe('what comes in the first moments of a hub', () => {
  const events = new Set<Channel>(['t:event']);
  const missed = (settling: Settling, name: string, channels: ReadonlySet<Channel> = events) =>
    settling.missedBy(name, channels).map(String);

  it('is there for those who come back later, each its own, in its order', () => {
    const settling = new Settling(new SimulatedClock(), 1000, 1000, () => undefined);
    settling.keep(held('a', '1'));
    settling.keep(held('a', '2', 'b'));
    settling.keep(held('b', '3'));
    settling.keep(held('b', '4', 'c'));
    expect(missed(settling, 'b')).to.deep.equal(['1', '2']);
    expect(missed(settling, 'c')).to.deep.equal(['1', '3', '4']);
    expect(missed(settling, 'c', new Set())).to.deep.equal(['4']);
    expect(missed(settling, 'a')).to.deep.equal(['3']);
    settling.end();
  });

  it('is forgotten after a while; the questions among it are told', async () => {
    const clock = new SimulatedClock();
    const told: (string | undefined)[] = [];
    const settling = new Settling(clock, 1000, 1000, (questions) => told.push(...questions.map(({ id }) => id)));
    settling.keep(held('a', '1', 'b', 'q-1'));
    settling.keep(held('a', '2', 'b'));
    await clock.advance(1001);
    expect(settling.over).to.equal(true);
    expect(told).to.deep.equal(['q-1']);
    settling.keep(held('a', '3', 'b'));
    expect(missed(settling, 'b')).to.deep.equal([]);
  });

  it('is forgotten at once where it is too much', () => {
    const settling = new Settling(new SimulatedClock(), 1000, 10, () => undefined);
    settling.keep(held('a', 'x'.repeat(9)));
    expect(missed(settling, 'b')).to.have.length(1);
    settling.keep(held('a', 'xx'));
    expect(settling.over).to.equal(true);
    expect(missed(settling, 'b')).to.deep.equal([]);
  });
});
