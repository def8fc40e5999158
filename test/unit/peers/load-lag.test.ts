import { expect } from 'chai';
import { LoadLag } from '../../../core/peers/load-lag.js';

const averages = (value: number) => ({ cpuLoadOne: value, cpuLoadFive: value, cpuLoadFifteen: value });
/** What a kernel's one-minute average of `before` has become, `ms` after the load changed to `after`. */
const damped = (before: number, after: number, ms: number) => after + (before - after) * Math.exp(-ms / 60_000);

describe('load averages of a host whose VMs come and go', () => {
  const none = () => undefined;

  it('are what was measured, where nothing passed', () => {
    expect(new LoadLag().settled(averages(1.5), none, 0)).to.deep.equal(averages(1.5));
  });

  for (const ms of [0, 6000, 60_000, 600_000])
    it(`are at once what they come to, ${ms / 1000} s after VMs went and came`, () => {
      const lag = new LoadLag();
      lag.went('a', 1, 1000);
      lag.went('b', 2, 1000);
      lag.came('c', 1000);
      const measured = { ...averages(0), cpuLoadOne: damped(4, 1.5, ms) };
      const { cpuLoadOne } = lag.settled(measured, (vm) => (vm === 'c' ? 0.5 : undefined), 1000 + ms);
      expect(cpuLoadOne).to.be.closeTo(1.5, 1e-9);
    });

  it('let one that came and went again count for both', () => {
    const lag = new LoadLag();
    lag.came('a', 0);
    lag.went('a', 1, 30_000);
    const peak = damped(0, 1, 30_000);
    const measured = { ...averages(0), cpuLoadOne: damped(peak, 0, 30_000) };
    // it is not here any more, so that nothing of its coming is missing: what it left behind is
    expect(lag.settled(measured, none, 60_000).cpuLoadOne).to.be.closeTo(0, 1e-9);
  });

  it('never fall below nothing', () => {
    const lag = new LoadLag();
    lag.went('a', 3, 0);
    expect(lag.settled(averages(0.5), none, 0)).to.deep.equal(averages(0));
  });
});
