import { expect } from 'chai';
import { Demand, SAMPLES, shuffled, TICKS } from '../../../core/consolidation/demand.js';

describe('demand of recorded traces', () => {
  const trace = Uint8Array.from({ length: SAMPLES }, (_, sample) => (sample < 2 ? sample * 30 : 60));

  function at(seconds: number): number {
    const fractions = new Float64Array(1);
    new Demand([trace]).at(seconds, fractions);
    return fractions[0]!;
  }

  it('is linear between samples', () => {
    expect(at(0)).to.equal(0);
    expect(at(150)).to.be.closeTo(0.15, 1e-12);
    expect(at(300)).to.equal(0.3);
    expect(at(300.1)).to.be.closeTo(0.3 + (0.3 * 0.1) / 300, 1e-12);
    expect(at(450)).to.be.closeTo(0.45, 1e-12);
  });

  it('stays at the last sample', () => {
    expect(at(300 * TICKS)).to.equal(0.6);
    expect(at(300 * TICKS + 127)).to.equal(0.6);
  });

  it('shuffles by a seed, and loses no trace', () => {
    const traces = Array.from({ length: 20 }, (_, vm) => new Uint8Array(SAMPLES).fill(vm));
    const order = (seed: number) => shuffled(traces, seed).map((of) => of[0]!);
    expect(order(1)).to.deep.equal(order(1));
    expect(order(1)).to.not.deep.equal(order(2));
    expect([...order(1)].sort((a, b) => a - b)).to.deep.equal(traces.map((of) => of[0]));
  });
});
