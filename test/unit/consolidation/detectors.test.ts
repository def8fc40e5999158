import { expect } from 'chai';
import { createDetector } from '../../../core/consolidation/literature/detectors.js';
import {
  determination,
  interquartileRange,
  medianAbsoluteDeviation,
  predictionWeights,
} from '../../../core/consolidation/literature/statistics.js';
import type { DetectorName } from '../../../core/consolidation/policy-name.js';
import { G4, LARGE, rememberTimes, SMALL, smallFleet, type SmallFleet } from './fleets.js';

function detect({ fleet }: SmallFleet, name: DetectorName, safety: number) {
  const detector = createDetector(fleet, name, safety);
  detector.begin();
  for (const [host, vms] of fleet.on.entries()) detector.refresh(host, vms);
  return detector;
}

describe('overload detection of the literature', () => {
  // 2500 × 0.744 + 1000 × x of 3720: half of it, and more
  const pair = (asks: number) =>
    smallFleet(
      [G4],
      [
        { type: LARGE, on: 0, asks: 0.744 },
        { type: SMALL, on: 0, asks },
      ],
    );

  it('thr: above a threshold, not at it', () => {
    expect(detect(pair(0.3), 'thr', 0.8).overloaded(0)).to.equal(false);
    expect(detect(pair(0.99), 'thr', 0.76).overloaded(0)).to.equal(true);
    expect(detect(pair(0.744), 'thr', 0.7).overloaded(0), 'exactly 70 %').to.equal(false);
  });

  it('lr: a line through the last ten samples foretells the next one', () => {
    const small = smallFleet(
      [G4],
      [
        { type: SMALL, on: 0, asks: 0 },
        { type: LARGE, on: 0, asks: 0.744 },
      ],
    );
    const ask = (part: number) => {
      small.fleet.fraction[0] = part;
      small.fleet.share(100);
      small.fleet.remember();
    };
    for (let sample = 1; sample <= 10; sample += 1) ask(0.1 * sample);
    // the next is 50 % + 1100 / 3720 = 79.6 % of the host
    const use = (1860 + 1100) / 3720;
    expect(detect(small, 'lr', 1.001 / use).overloaded(0)).to.equal(true);
    expect(detect(small, 'lr', 0.999 / use).overloaded(0)).to.equal(false);
    expect(detect(small, 'lrr', 1.001 / use).overloaded(0)).to.equal(true);
  });

  it('lr knows too little with nine samples, and takes 70 %', () => {
    const small = pair(0.8);
    rememberTimes(small.fleet, 9);
    expect(detect(small, 'lr', 1.2).overloaded(0)).to.equal(true);
    rememberTimes(small.fleet, 1);
    // 71.5 % and constant: 1.2 × 0.715 is below 1
    expect(detect(small, 'lr', 1.2).overloaded(0)).to.equal(false);
  });

  it('iqr and mad: steady hosts may be full, others not', () => {
    for (const name of ['iqr', 'mad'] as const) {
      const steady = pair(0.99);
      rememberTimes(steady.fleet, 12);
      expect(detect(steady, name, 2).overloaded(0), name).to.equal(false);
      const varied = smallFleet(
        [G4],
        [
          { type: LARGE, on: 0, asks: 0.744 },
          { type: SMALL, on: 0, asks: 0 },
        ],
      );
      for (let sample = 0; sample < 12; sample += 1) {
        varied.fleet.fraction[1] = sample % 3 === 0 ? 0.1 : 0.99;
        varied.fleet.fraction[0] = sample % 2 === 0 ? 0.2 : 0.744;
        varied.fleet.share(100);
        varied.fleet.remember();
      }
      expect(detect(varied, name, 2).overloaded(0), name).to.equal(true);
    }
  });

  it('tests a host with one VM more', () => {
    const two = smallFleet(
      [G4, G4],
      [
        { type: LARGE, on: 0, asks: 0.744 },
        { type: LARGE, on: 1, asks: 0.744 },
      ],
    );
    const detector = detect(two, 'thr', 0.8);
    expect(detector.overloaded(0)).to.equal(false);
    expect(detector.overloadedWith(0, 1)).to.equal(true);
  });
});

describe('statistics', () => {
  it('a straight line is foretold exactly', () => {
    const weights = predictionWeights(10, 1);
    const line = Array.from({ length: 10 }, (_, age) => 3 + 2 * (10 - age));
    expect(weights.reduce((sum, weight, age) => sum + weight * line[age]!, 0)).to.be.closeTo(25, 1e-9);
  });

  it('quartiles by rank, and the median of distances from the median', () => {
    expect(interquartileRange(Float64Array.from([9, 1, 2, 3, 4, 5, 6, 7]))).to.equal(7 - 2);
    expect(medianAbsoluteDeviation(Float64Array.from([1, 1, 2, 2, 4, 6, 9]))).to.equal(1);
    expect(medianAbsoluteDeviation(Float64Array.from([1, 2, 3, 4]))).to.equal(1);
  });

  it('R² is 1 for what others foretell, less for noise, and unknown where it cannot be told', () => {
    const x = Float64Array.from([1, 2, 3, 4, 5, 7]);
    const y = Float64Array.from([1, 0, 2, 0, 1, 1]);
    const sum = x.map((value, index) => 2 * value - y[index]! + 1);
    expect(determination(sum, [x, y])).to.be.closeTo(1, 1e-9);
    // of one column it is the square of the correlation
    const [mx, my] = [22 / 6, 5 / 6];
    const of = (a: Float64Array, b: Float64Array, ma: number, mb: number) =>
      a.reduce((total, value, index) => total + (value - ma) * (b[index]! - mb), 0);
    expect(determination(y, [x])).to.be.closeTo(of(x, y, mx, my) ** 2 / (of(x, x, mx, mx) * of(y, y, my, my)), 1e-9);
    expect(determination(x, [])).to.equal(undefined);
    expect(determination(x.slice(0, 2), [y.slice(0, 2), x.slice(0, 2)])).to.equal(undefined);
    expect(determination(x, [new Float64Array(6)])).to.equal(undefined);
  });
});
