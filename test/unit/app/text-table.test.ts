import { expect } from 'chai';
import { textTable } from '../../../core/app/text-table.js';

const HEAD = ['VM', 'Why'];
const LONG = 'host1 goes from 61 % to about 23 % without it, and host2 from 3 % to about 21 %';
const widest = (table: string) => Math.max(...table.split('\n').map((line) => line.length));

describe('a table for people', () => {
  it('is as wide as what it holds where nothing says how wide the terminal is', () => {
    expect(textTable(HEAD, [['web1', LONG]], undefined)).to.include(LONG);
  });

  it('wraps its last column in a terminal that is too narrow, and loses no word of it', () => {
    const table = textTable(HEAD, [['web1', LONG]], 60);
    expect(widest(table)).to.equal(60);
    const words = (text: string) => text.match(/[\w%,]+/g) ?? [];
    expect(words(table)).to.include.members(words(LONG));
  });

  it('stays as it is where it fits, and readable in the narrowest terminal', () => {
    expect(textTable(HEAD, [['web1', 'short']], 60)).to.equal(textTable(HEAD, [['web1', 'short']], undefined));
    expect(widest(textTable(HEAD, [['web1', LONG]], 10))).to.be.within(24, 40);
  });
});
