import { expect } from 'chai';
import fc from 'fast-check';
import { Outbox, type Outgoing } from '../../../core/bus/outbox.js';

function told(id: string, bytes = 10): Outgoing {
  return { kind: 'tell', name: id, bodyText: 'x'.repeat(bytes) };
}
function asked(id: string): Outgoing {
  return { kind: 'ask', name: 'agent.control', id, to: 'host1', bodyText: '{}' };
}

function taken(outbox: Outbox): (string | undefined)[] {
  const all: (string | undefined)[] = [];
  for (let next = outbox.take(); next; next = outbox.take()) all.push(next.id ?? next.name);
  return all;
}

describe('what waits for a connection', () => {
  const dropped: string[] = [];
  const outbox = (messages: number, bytes: number) => {
    dropped.length = 0;
    return new Outbox({ messages, bytes }, ({ name }) => dropped.push(name));
  };

  it('goes in its order', () => {
    const box = outbox(100, 1e6);
    for (const id of ['a', 'b', 'c']) box.add(told(id));
    expect([box.length, box.bytes]).to.deep.equal([3, 30]);
    expect(taken(box)).to.deep.equal(['a', 'b', 'c']);
    expect([box.length, box.bytes]).to.deep.equal([0, 0]);
    expect(box.take()).to.equal(undefined);
  });

  it('gives way to what is newer, by number and by bytes', () => {
    const few = outbox(2, 1e6);
    for (const id of ['a', 'b', 'c', 'd']) few.add(told(id));
    expect(dropped).to.deep.equal(['a', 'b']);
    expect(taken(few)).to.deep.equal(['c', 'd']);
    const small = outbox(100, 25);
    for (const id of ['a', 'b', 'c']) small.add(told(id));
    expect(dropped).to.deep.equal(['a']);
    small.add(told('huge', 26));
    expect(dropped).to.deep.equal(['a', 'b', 'c', 'huge']);
    expect([small.length, small.bytes]).to.deep.equal([0, 0]);
  });

  it('loses the questions that nobody waits for any more', () => {
    const box = outbox(100, 1e6);
    for (const each of [asked('1'), told('a'), asked('2'), asked('3')]) box.add(each);
    box.withdraw('2');
    box.withdraw('2');
    box.withdraw('no such');
    box.withdraw('a');
    expect(taken(box)).to.deep.equal(['1', 'a', '3']);
  });

  it('keeps its bounds and its order, whatever happens', () => {
    const step = fc.oneof(
      fc.record({ add: fc.nat(50) }),
      fc.constant({ take: true as const }),
      fc.record({ withdraw: fc.nat(300) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const lost: string[] = [];
        const box = new Outbox({ messages: 20, bytes: 400 }, ({ id = '' }) => lost.push(id));
        let model: { id: string; bytes: number }[] = [];
        let next = 0;
        for (const each of steps) {
          if ('add' in each) {
            const id = String(next++);
            box.add({ ...asked(id), bodyText: 'x'.repeat(each.add) });
            model.push({ id, bytes: each.add });
            while (model.length > 20 || model.reduce((sum, { bytes }) => sum + bytes, 0) > 400) model.shift();
          } else if ('take' in each) expect(box.take()?.id).to.equal(model.shift()?.id);
          else {
            box.withdraw(String(each.withdraw));
            model = model.filter(({ id }) => id !== String(each.withdraw));
          }
          expect(box.length).to.equal(model.length);
          expect(box.bytes).to.equal(model.reduce((sum, { bytes }) => sum + bytes, 0));
        }
        expect(taken(box)).to.deep.equal(model.map(({ id }) => id));
      }),
    );
  });

  it('does not grow by what comes and is withdrawn again', () => {
    const box = outbox(100, 1e6);
    box.add(told('first'));
    for (let id = 0; id < 10_000; id += 1) {
      box.add(asked(String(id)));
      box.withdraw(String(id));
    }
    expect(box.held).to.be.below(3000);
    expect(taken(box)).to.deep.equal(['first']);
  });
});
