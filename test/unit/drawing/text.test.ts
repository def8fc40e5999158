import { expect } from 'chai';
import fc from 'fast-check';
import { textWidth } from '../../../diagrams/drawing/text/text-width.js';
import { wrap } from '../../../diagrams/drawing/text/wrap.js';

const FONT = { size: 12 };

describe('text of drawings', () => {
  it('grows wider with each character, in bold more', () => {
    expect(textWidth('iiii', FONT)).to.be.below(textWidth('mmmm', FONT));
    expect(textWidth('state', { size: 12, bold: true })).to.be.above(textWidth('state', FONT));
    expect(textWidth('状態', FONT)).to.be.at.least(24);
  });

  it('is broken at spaces, then behind punctuation, then anywhere', () => {
    expect(wrap('one two three', 50, FONT).rows).to.deep.equal(['one two', 'three']);
    expect(wrap('_event.data.moves', 60, FONT).rows).to.deep.equal(['_event.', 'data.', 'moves']);
    expect(wrap('aaaaaaaaaa', 40, FONT).rows).to.deep.equal(['aaaaa', 'aaaaa']);
  });

  it('loses nothing, and fits, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 30, max: 300 }), (text, width) => {
        const { rows, cut } = wrap(text, width, FONT, Infinity);
        expect(cut).to.equal(false);
        expect(rows.join('').replace(/\s/g, '')).to.equal(text.replace(/\s/g, ''));
        for (const row of rows) expect(textWidth(row, FONT)).to.be.at.most(width);
      }),
    );
  });

  it('is cut with an ellipsis after the last row', () => {
    const { rows, cut } = wrap('one two three four five', 50, FONT, 2);
    expect([...rows, cut]).to.deep.equal(['one two', 'three…', true]);
  });
});
