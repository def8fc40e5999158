import { expect } from 'chai';
import fc from 'fast-check';
import { ReadingRing } from '../../../core/loop/monitoring/reading-ring.js';
import { demandOf } from '../../../core/loop/planning/demand.js';
import { pastMoves, rememberMove } from '../../../core/loop/planning/move-history.js';
import { Component } from '../../../core/model/component.js';
import { forecast } from '../../../core/monitoring/forecast.js';

const series = (values: readonly number[]) => values.map((value, index) => ({ at: 1000 * index, value }));

describe('demand over a window', () => {
  it('has percentiles by the nearest rank, in CPUs', () => {
    const values = [0.5, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9, 1];
    const demand = demandOf(series(values), 2);
    expect(demand).to.deep.include({ windowMs: 9000, samples: 10, p50: 1, p90: 1.8, p95: 2, max: 2 });
    expect(demand?.mean).to.be.closeTo(1.1, 1e-9);
  });

  it('is not known from too few readings', () => {
    expect(demandOf(series([1, 1, 1, 1]), 1)).to.equal(undefined);
    expect(demandOf([], 1)).to.equal(undefined);
  });
});

describe('forecast', () => {
  it('follows a load that keeps its deviation, and falls back to the mean of one that does not', () => {
    const rising = [0.1, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9];
    expect(forecast(rising)?.next).to.be.within(0.6, 0.9);
    const noise = [0.2, 0.8, 0.2, 0.8, 0.2, 0.8];
    expect(forecast(noise)?.next).to.be.closeTo(0.5, 1e-9);
    expect(forecast([0.4, 0.4, 0.4, 0.4])).to.deep.equal({ mean: 0.4, persistence: 0, next: 0.4 });
    expect(forecast([1, 2, 3])).to.equal(undefined);
  });

  it('stays between the mean and the last value', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 4, maxLength: 50 }), (values) => {
        const { mean, next } = forecast(values) ?? { mean: NaN, next: NaN };
        const last = values.at(-1) ?? NaN;
        expect(next).to.be.within(Math.min(mean, last) - 1e-9, Math.max(mean, last) + 1e-9);
      }),
    );
  });
});

describe('ReadingRing', () => {
  it('keeps the last readings, oldest first, whatever their number', () => {
    fc.assert(
      fc.property(fc.nat(60), fc.integer({ min: 1, max: 30 }), (count, most) => {
        const ring = new ReadingRing(most);
        for (let at = 0; at < count; at += 1) ring.push(at, at * 2);
        const expected = Array.from({ length: count }, (_, at) => ({ at, value: at * 2 })).slice(-most);
        expect(ring.samples()).to.deep.equal(expected);
      }),
    );
  });

  it('drops what came after a clock that went back', () => {
    const ring = new ReadingRing(10);
    for (const at of [1, 2, 3, 4]) ring.push(at, at);
    ring.push(2, 20);
    expect(ring.samples().map(({ at }) => at)).to.deep.equal([1, 2]);
    expect(ring.samples().at(-1)?.value).to.equal(20);
  });
});

describe('the history of moves', () => {
  const made = () => new Component({ name: 'vm1', className: 'Machine', kind: 'vm' });

  it('is kept in an attribute, oldest first, each move once', () => {
    const vm = made();
    rememberMove(vm, { at: 1000, from: 'h1', to: 'h2', cpu: 0.25 });
    rememberMove(vm, { at: 2000, from: 'h2', to: 'h1' });
    rememberMove(vm, { at: 2000, from: 'h2', to: 'h1' });
    expect(vm.attributes.get('moves')).to.equal('1000 h1>h2 0.25; 2000 h2>h1');
    expect(pastMoves(vm)).to.deep.equal([
      { at: 1000, from: 'h1', to: 'h2', cpu: 0.25 },
      { at: 2000, from: 'h2', to: 'h1' },
    ]);
  });

  it('forgets what is a day old, and more than the last twenty', () => {
    const vm = made();
    rememberMove(vm, { at: 1000, from: 'h1', to: 'h2' });
    for (let count = 1; count <= 30; count += 1)
      rememberMove(vm, { at: 90_000_000 + count, from: `h${count}`, to: `h${count + 1}` });
    expect(pastMoves(vm)).to.have.length(20);
    expect(pastMoves(vm)[0]?.from).to.equal('h11');
  });

  it('passes over what is no move', () => {
    const vm = made();
    vm.setAttribute('moves', 'nonsense; 12 h1>h2; x y>z');
    expect(pastMoves(vm)).to.deep.equal([{ at: 12, from: 'h1', to: 'h2' }]);
  });
});
