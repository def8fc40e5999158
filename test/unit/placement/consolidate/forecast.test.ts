import { expect } from 'chai';
import { forecastDemand } from '../../../../core/placement/consolidate/index.js';

describe('forecast of demand', () => {
  const plain = { memory: 1, prior: 0 };

  it('is mean and standard deviation, in the size of each VM', () => {
    const values = Float64Array.from([0.2, 0.5, 0.4, 0.5, 0.6, 0.5]);
    const { expected, deviation } = forecastDemand({ vms: 2, samples: 3, values, size: Float64Array.of(10, 2) }, plain);
    expect(expected[0]).to.be.closeTo(4, 1e-12);
    expect(expected[1]).to.be.closeTo(1, 1e-12);
    expect(deviation[0]).to.be.closeTo(10 * Math.sqrt(0.08 / 3), 1e-9);
    expect(deviation[1]).to.be.closeTo(0, 1e-6);
  });

  it('newer samples count more', () => {
    const history = { vms: 1, samples: 2, values: Float64Array.of(1, 0), size: Float64Array.of(1) };
    expect(forecastDemand(history, { memory: 0.5, prior: 0 }).expected[0]).to.be.closeTo(1 / 1.5, 1e-12);
  });

  it('draws towards the others while little is known, and leaves out those without size', () => {
    const values = Float64Array.from([0.8, 0.2, 0.9]);
    const of = (prior: number) =>
      forecastDemand({ vms: 3, samples: 1, values, size: Float64Array.of(1, 1, 0) }, { memory: 1, prior }).expected;
    expect(of(1)[0]).to.be.closeTo((0.8 + 0.5) / 2, 1e-12);
    expect(of(0)[0]).to.be.closeTo(0.8, 1e-12);
    expect(of(1)[2]).to.equal(0);
  });

  it('of no sample is nothing', () => {
    const none = { vms: 1, samples: 0, values: new Float64Array(), size: Float64Array.of(1) };
    expect([...forecastDemand(none, { memory: 0.9, prior: 1 }).expected]).to.deep.equal([0]);
  });
});
