import { expect } from 'chai';
import { LoadAverage } from '../../../wrappers/simulated/load-average.js';

describe('load averages of a simulated host', () => {
  it('go to what wants to run, the shorter ones faster', () => {
    const average = new LoadAverage(0);
    average.pass(60_000, 4);
    const [one, five, fifteen] = average.values;
    expect(one).to.be.closeTo(4 * (1 - Math.exp(-1)), 1e-9);
    expect(five).to.be.closeTo(4 * (1 - Math.exp(-0.2)), 1e-9);
    expect(fifteen).to.be.closeTo(4 * (1 - Math.exp(-1 / 15)), 1e-9);
  });

  it('remember what was: they fall slowly, and do not depend on when they are read', () => {
    const [seldom, often] = [new LoadAverage(0), new LoadAverage(0)];
    for (const [until, runnable] of [
      [300_000, 4],
      [330_000, 1],
    ] as const)
      seldom.pass(until, runnable);
    for (let at = 100; at <= 330_000; at += 100) {
      often.pass(at, at <= 300_000 ? 4 : 1);
      expect(often.values[0]).to.be.within(0, 4);
    }
    expect(seldom.values[0]).to.be.closeTo(1 + 3 * Math.exp(-0.5), 0.03);
    expect(often.values[0]).to.be.closeTo(seldom.values[0], 0.05);
  });
});
