import { expect } from 'chai';
import fc from 'fast-check';
import { AttituneError } from '../../../core/model/errors.js';
import {
  formatCardinality,
  parseCardinality,
  parseDurationMs,
  parseInteger,
  parseMemoryMiB,
  parseRate,
  parseRatio,
} from '../../../core/model/quantity.js';

describe('quantities', () => {
  for (const [parse, text, value] of [
    [parseDurationMs, '500 ms', 500],
    [parseDurationMs, '1.5 s', 1500],
    [parseDurationMs, '2min', 120_000],
    [parseMemoryMiB, '384 MiB', 384],
    [parseMemoryMiB, '2 GiB', 2048],
    [parseRate, '250 /s', 250],
    [parseRate, '30 /min', 0.5],
    [parseRatio, '80 %', 0.8],
    [parseRatio, '0.8', 0.8],
    [parseInteger, '3', 3],
  ] as const) {
    it(`reads "${text}"`, () => expect(parse(text)).to.be.closeTo(value, 1e-9));
  }

  for (const [parse, text] of [
    [parseDurationMs, '10'],
    [parseDurationMs, '10 parsecs'],
    [parseDurationMs, '-1 s'],
    [parseMemoryMiB, '384 Mib'],
    [parseMemoryMiB, 'constructor'],
    [parseMemoryMiB, '1 constructor'],
    [parseRate, '250'],
    [parseRatio, 'eighty %'],
    [parseInteger, '1.5'],
    [parseInteger, '-1'],
    [parseCardinality, '0'],
    [parseCardinality, '3..2'],
    [parseCardinality, '*..1'],
  ] as const) {
    it(`refuses "${text}" and says what it wants`, () =>
      expect(() => parse(text))
        .to.throw(AttituneError)
        .with.property('code', 'value'));
  }

  it('writes a cardinality so that it reads the same', () => {
    fc.assert(
      fc.property(fc.nat(9), fc.oneof(fc.nat(9), fc.constant(Infinity)), (lower, more) => {
        const cardinality = { lower, upper: Math.max(1, lower + more) };
        expect(parseCardinality(formatCardinality(cardinality))).to.deep.equal(cardinality);
      }),
    );
  });
});
