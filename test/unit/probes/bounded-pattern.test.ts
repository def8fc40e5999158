import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { BoundedPattern } from '../../../probes/sources/bounded-pattern.js';
import { lastNumber, numberOf, patternOf } from '../../../probes/sources/own-metric.js';
import { splitWords } from '../../../probes/sources/words.js';

function codeOf(action: () => unknown): string | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    return AttituneError.is(error) ? error.code : String(error);
  }
}

describe('patterns of administrators', () => {
  it('find their group in each text', () => {
    const pattern = new BoundedPattern('queue=(\\d+)');
    expect(pattern.groups).to.equal(1);
    expect(pattern.matchAll(['a queue=12 b', 'none', 'queue=7']).map((one) => one?.[1])).to.deep.equal([
      '12',
      undefined,
      '7',
    ]);
  });

  it('end after their time, and others work afterwards', () => {
    for (const [source, text] of [
      ['^(a+)+$', `${'a'.repeat(60)}!`],
      ['^(\\w+\\s?)*$', `${'word '.repeat(20)}!`],
      ['(x+x+)+y', 'x'.repeat(60)],
    ] as const) {
      const began = performance.now();
      expect(
        codeOf(() => new BoundedPattern(source).match(text)),
        source,
      ).to.equal('operation-timeout');
      expect(performance.now() - began, source).to.be.below(5000);
    }
    expect(new BoundedPattern('(b)').match('abc')?.[1]).to.equal('b');
  });

  it('are refused where they are none, too long, or have not one group', () => {
    const wrong: readonly (() => unknown)[] = [
      () => new BoundedPattern('('),
      () => new BoundedPattern('[z-a]'),
      () => new BoundedPattern('a'.repeat(501)),
      () => patternOf('no group', { atLeast: 1 }),
      () => patternOf('(two) (groups)', { atLeast: 0 }),
    ];
    for (const one of wrong) expect(codeOf(one)).to.equal('value');
    expect(patternOf('(?:not one) (one)', { atLeast: 1 }).groups).to.equal(1);
  });
});

describe('numbers in texts', () => {
  const LAST: Readonly<Record<string, string | undefined>> = {
    'jobs: 12\n': '12',
    '3 of 8 used, 37.5 %': '37.5',
    'load -1.5e3': '-1.5e3',
    'v2 sha1abc': undefined,
    '': undefined,
    NaN: undefined,
  };
  for (const [text, expected] of Object.entries(LAST)) {
    it(`the last of ${JSON.stringify(text)}: ${expected ?? 'none'}`, () => expect(lastNumber(text)).to.equal(expected));
  }

  it('are finite decimal numbers only', () => {
    expect(numberOf(' 4.5 ', 'x')).to.equal(4.5);
    for (const text of ['NaN', 'Infinity', '-Infinity', '1e999', '0x10', '1,5', '', '1 2'])
      expect(
        codeOf(() => numberOf(text, 'x')),
        text,
      ).to.equal('value');
  });
});

describe('command lines', () => {
  const LINES: Readonly<Record<string, readonly string[]>> = {
    'queue --all': ['queue', '--all'],
    [`queue 'a b' "c \\" d" e\\ f`]: ['queue', 'a b', 'c " d', 'e f'],
    [`queue "" x''y`]: ['queue', '', 'xy'],
    'a; rm -rf $HOME | b': ['a;', 'rm', '-rf', '$HOME', '|', 'b'],
    '  ': [],
  };
  for (const [line, words] of Object.entries(LINES)) {
    it(`split into words: ${line}`, () => expect(splitWords(line)).to.deep.equal(words));
  }
  it('need their quotes closed', () => {
    for (const line of ['queue "x', "queue 'x", 'queue x\\'])
      expect(
        codeOf(() => splitWords(line)),
        line,
      ).to.equal('value');
  });
});
