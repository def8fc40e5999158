import { expect } from 'chai';
import fc from 'fast-check';
import { AnswerMemory } from '../../../core/agent/answer-memory.js';
import { KeptTexts } from '../../../core/agent/kept-texts.js';
import { MAX_BODY_BYTES, messageBytes, PART_BYTES, partsOf } from '../../../core/agent/message-size.js';
import { Troubles } from '../../../core/agent/troubles.js';
import { SimulatedClock } from '../../../core/model/clock.js';

const MINUTE = 60_000;

describe('what an agent remembers', () => {
  describe('of calls', () => {
    it('is the answer, by asker and key, also while it is on its way', async () => {
      const memory = new AnswerMemory(new SimulatedClock());
      let begun = 0;
      const begin = () => Promise.resolve({ pid: ++begun });
      const both = await Promise.all([memory.once('a', 'k', begin), memory.once('a', 'k', begin)]);
      expect([...both, await memory.once('a', 'k', begin)].map(({ pid }) => pid)).to.deep.equal([1, 1, 1]);
      expect((await memory.once('b', 'k', begin)).pid).to.equal(2);
      expect((await memory.once('a', 'l', begin)).pid).to.equal(3);
    });

    it('is the failure, too', async () => {
      const memory = new AnswerMemory(new SimulatedClock());
      let begun = 0;
      const begin = () => Promise.reject(new Error(`no ${++begun}`));
      for (let attempt = 0; attempt < 2; attempt += 1) {
        const error = await memory.once('a', 'k', begin).catch((reason: unknown) => reason as Error);
        expect((error as Error).message).to.equal('no 1');
      }
    });

    it('is bounded in time, number and size, but never forgets what goes on', async () => {
      const clock = new SimulatedClock();
      const memory = new AnswerMemory(clock);
      let end: () => void = () => undefined;
      void memory.once('a', 'long', () => new Promise((resolve) => (end = () => resolve({ pid: 1 }))));
      await memory.once('a', 'old', () => Promise.resolve({}));
      await clock.advance(11 * MINUTE);
      await memory.once('a', 'new', () => Promise.resolve({}));
      const known = (...keys: readonly string[]) => keys.map((key) => memory.has('a', key));
      expect(known('long', 'old', 'new')).to.deep.equal([true, false, true]);
      for (let index = 0; index < 2500; index += 1) await memory.once('a', `n${index}`, () => Promise.resolve({}));
      expect(known('long', 'new', 'n0', 'n2499')).to.deep.equal([true, false, false, true]);
      const content = 'x'.repeat(1_000_000);
      for (let index = 0; index < 40; index += 1)
        await memory.once('a', `s${index}`, () => Promise.resolve({ content }));
      expect(known('long', 'n2499', 's0', 's39')).to.deep.equal([true, false, false, true]);
      expect(memory.open).to.equal(1);
      end();
      expect(await memory.once('a', 'long', () => Promise.resolve({}))).to.deep.equal({ pid: 1 });
      expect(memory.open).to.equal(0);
    });
  });

  describe('of long texts', () => {
    it('is put together from its parts, of which one may come twice', () => {
      const texts = new KeptTexts(new SimulatedClock());
      texts.put('a', 'k', 0, 'one ');
      texts.put('a', 'k', 0, 'one ');
      expect(() => texts.put('a', 'k', 2, 'three')).to.throw(/before it/);
      expect(texts.get('a', 'k', 2)).to.equal(undefined);
      texts.put('a', 'k', 1, 'two');
      expect(texts.get('a', 'k', 2)).to.equal('one two');
      expect(texts.get('b', 'k', 2)).to.equal(undefined);
      texts.drop('a', 'k');
      expect(texts.get('a', 'k', 2)).to.equal(undefined);
    });

    it('is bounded in time and size', async () => {
      const clock = new SimulatedClock();
      const texts = new KeptTexts(clock);
      texts.put('a', 'old', 0, 'x');
      await clock.advance(3 * MINUTE);
      const large = 'x'.repeat(16 * 1024 * 1024);
      for (let index = 0; index < 6; index += 1) texts.put('a', `k${index}`, 0, large);
      const kept = ['old', 'k0', 'k1', 'k2', 'k5'].map((key) => texts.get('a', key, 1) !== undefined);
      expect(kept).to.deep.equal([false, false, false, true, true]);
    });
  });

  it('of troubles is bounded in number and length', () => {
    const troubles = new Troubles();
    for (let index = 0; index < 60; index += 1) troubles.set(`t${index}`, 'x'.repeat(1000));
    const all = troubles.all();
    expect(Object.keys(all)).to.have.length(51);
    expect(all['more']).to.equal('10 more are not shown.');
    expect(all['t0']).to.have.length(300);
    for (let index = 0; index < 60; index += 1) troubles.set(`t${index}`, undefined);
    expect(troubles.all()).to.deep.equal({});
  });
});

describe('long texts in parts', () => {
  const unit = fc.constantFrom('a', '\u0001', 'π', '😀', '"', '\ud83d', '\n');

  it('are the same put together, each short enough for a message and whole in its characters', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unit, fc.integer({ min: 1, max: 200_000 })), { maxLength: 4 }), (runs) => {
        const text = runs.map(([one, times]) => one.repeat(times)).join('');
        const parts = partsOf(text);
        expect(parts.join('') === text).to.equal(true);
        for (const part of parts) expect(messageBytes(part)).to.be.at.most(PART_BYTES);
        for (const [index, part] of parts.entries()) {
          const next = parts[index + 1];
          if (next === undefined) continue;
          expect(part.length).to.be.greaterThan(0);
          const torn = /[\ud800-\udbff]$/.test(part) && /^[\udc00-\udfff]/.test(next);
          expect(torn).to.equal(false);
        }
      }),
      { numRuns: 30 },
    );
    expect(2 * PART_BYTES).to.be.lessThan(MAX_BODY_BYTES);
    expect(partsOf('')).to.deep.equal(['']);
  });
});
