import { expect } from 'chai';
import { energyFigures, type PowerRun } from '../../../core/app/report/energy.js';

const HOUR = 3_600_000;

function run(rest: Partial<PowerRun> = {}): PowerRun {
  return {
    curves: { a: { watts: [100, 200], offWatts: 10 }, b: { watts: [100, 200] } },
    changes: { a: [], b: [] },
    cpu: { a: [{ at: 0, value: 0.5 }], b: [{ at: 0, value: 0 }] },
    from: 0,
    to: HOUR,
    ...rest,
  };
}

describe('the energy of a run', () => {
  it('is what the hosts draw by their curves over the time', () => {
    const { kWh, allOnKWh } = energyFigures(run());
    expect(kWh).to.be.closeTo(0.25, 1e-9);
    expect(allOnKWh).to.be.closeTo(0.25, 1e-9);
  });

  it('is less while a host is off, which would have idled otherwise', () => {
    const figures = energyFigures(
      run({
        changes: {
          a: [{ at: HOUR / 2, on: false }],
          b: [
            { at: HOUR / 4, on: false },
            { at: HOUR / 2, on: true },
          ],
        },
      }),
    );
    expect(figures.kWh).to.be.closeTo((150 * 0.5 + 10 * 0.5 + 100 * 0.75) / 1000, 1e-9);
    expect(figures.allOnKWh).to.be.closeTo((150 * 0.5 + 100 * 0.5 + 100) / 1000, 1e-9);
    expect(figures).to.include({ hostsOn: 1, leastHostsOn: 1, switchedOff: 2, woken: 1 });
  });

  it('has no value without curves or readings, and counts hosts all the same', () => {
    expect(energyFigures(run({ curves: {} })).kWh).to.be.NaN;
    expect(energyFigures(run({ cpu: {} }))).to.include({ hostsOn: 2, leastHostsOn: 2 });
  });
});
