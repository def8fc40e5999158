import { expect } from 'chai';
import fc from 'fast-check';
import { LineSplitter } from '../../../core/intake/line-splitter.js';
import { parsePipeLine } from '../../../core/model/event-pipe.js';

describe('lines of event pipes', () => {
  const LINES: Readonly<Record<string, object | undefined>> = {
    'setPID;this;42': { event: 'setPID', path: [], arg: '42' },
    'overload;;': { event: 'overload', path: [] },
    overload: { event: 'overload', path: [] },
    'fix;workers;Probe_1\r': { event: 'fix', path: ['workers'], arg: 'Probe_1' },
    'fix;this.Apache.workers;a;b': { event: 'fix', path: ['Apache', 'workers'], arg: 'a;b' },
    ' fix ; this ; a ': { event: 'fix', path: [], arg: 'a' },
    '': undefined,
    ';;': undefined,
    'two words;this;': undefined,
    'x;a b;': undefined,
    'x;a..b;': undefined,
    'x;../etc;': undefined,
    '\u0000\u0001;this;': undefined,
    [`${'x'.repeat(101)};;`]: undefined,
  };
  for (const [line, expected] of Object.entries(LINES)) {
    it(JSON.stringify(line.slice(0, 40)), () => expect(parsePipeLine(line)).to.deep.equal(expected));
  }

  it('come whole, however they are cut in pieces', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 30 })),
        fc.array(fc.nat(9), { minLength: 1 }),
        (words, cuts) => {
          const lines = words.map((word) => word.replaceAll('\n', ' '));
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const splitter = new LineSplitter(4000);
          const seen: string[] = [];
          for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
            const step = 1 + (cuts[turn % cuts.length] ?? 0);
            seen.push(...splitter.feed(bytes.subarray(at, at + step)).lines);
            at += step;
          }
          expect(seen).to.deep.equal(lines.map((line) => Buffer.from(line).toString()));
        },
      ),
    );
  });

  it('that are too long are left out, once each, and those after them are not', () => {
    const splitter = new LineSplitter(10);
    const fed = ['short\n', 'x'.repeat(50), 'x'.repeat(50), 'x\nnext\n', `${'y'.repeat(11)}\nlast\n`].map((piece) =>
      splitter.feed(piece),
    );
    expect(fed.flatMap(({ lines }) => lines)).to.deep.equal(['short', 'next', 'last']);
    expect(fed.reduce((sum, { tooLong }) => sum + tooLong, 0)).to.equal(2);
  });
});
