import { expect } from 'chai';
import { hostLoad } from '../../../core/app/report/host-load.js';

const series = (values: readonly number[], every = 1000) =>
  values.map((value, index) => ({ at: index * every, value }));

describe('the load of hosts in a report', () => {
  it('counts the time above the limit, of all hosts and of the longest stretch', () => {
    const figures = hostLoad(
      { h1: series([0.5, 0.9, 0.95, 0.6, 0.9, 0.5]), h2: series([0.1, 0.1, 0.1, 0.1, 0.1, 0.9]) },
      0.8,
    );
    expect(figures).to.include({ overloadedMs: 3000, longestOverloadMs: 2000, highestCpu: 0.95 });
  });

  it('tells how uneven the hosts were at the beginning and at the end', () => {
    const half = Array<number>(50).fill(0.5);
    const figures = hostLoad(
      { h1: series([...Array<number>(50).fill(1), ...half]), h2: series([...Array<number>(50).fill(0), ...half]) },
      0.8,
    );
    expect(figures.spreadBefore).to.equal(0.5);
    expect(figures.spreadAfter).to.equal(0);
  });

  it('has no figures without readings or without a limit', () => {
    expect(hostLoad({}, 0.8)).to.deep.equal({
      overloadedMs: NaN,
      longestOverloadMs: NaN,
      highestCpu: NaN,
      spreadBefore: NaN,
      spreadAfter: NaN,
    });
    expect(hostLoad({ h1: series([0.9]) }, undefined).overloadedMs).to.be.NaN;
  });
});
