import { expect } from 'chai';
import { readDays, type DayTraces } from '../../core/app/consolidation/read-traces.js';
import { judge, simulateDay, type DayResult, type SimulationOptions } from '../../core/consolidation/index.js';
import { CLOUDSIM } from '../support/cloudsim-figures.js';
import { planetLabDays } from '../support/planetlab.js';
import { skipBecause } from '../support/skip.js';

/** Relative distances that are allowed; the figures of the literature are rounded to three or four digits. */
const TOLERANCE = { energyKWh: 0.001, migrations: 0.005, slatah: 0.01, pdm: 0.01, esv: 0.02, unserved: 0.01 } as const;
/** In per cent and thousandths, as they are published. */
const SCALE: Readonly<Record<keyof typeof TOLERANCE, number>> = {
  energyKWh: 1,
  migrations: 1,
  slatah: 100,
  pdm: 100,
  esv: 1000,
  unserved: 100,
};
/** On the first day all policies are compared, on the others these: statistics and regressions of each VM take long. */
const EACH_DAY: readonly string[] = ['dvfs', 'thr-mmt-0.8', 'lr-mmt-1.2', 'lr-mmt-w-1.2'];
/** On days that nobody has looked at it may be a little worse. */
const MARGIN = 0.95;

describe('consolidation of recorded days', function () {
  this.timeout(120_000);

  let days: readonly DayTraces[] = [];
  let remove: (() => Promise<void>) | undefined;

  before(async function () {
    const found = await planetLabDays();
    if (!found) {
      skipBecause(this, 'needs the traces of PlanetLab beside the project', 'ATTITUNE_PLANETLAB=FOLDER npm test');
      return;
    }
    remove = found.remove;
    days = readDays(found.folder);
    expect(days).to.not.be.empty;
  });
  after(async () => remove?.());

  const known = new Map<string, DayResult>();
  function day({ day: name, traces }: DayTraces, policy: string, options: SimulationOptions = {}): DayResult {
    const key = JSON.stringify([name, policy, options]);
    const result = known.get(key) ?? simulateDay(traces, policy, { day: name, ...options });
    known.set(key, result);
    return result;
  }

  function expectBetter(result: DayResult, baseline: DayResult): void {
    const { parts, failed } = judge(result, baseline);
    expect(failed, JSON.stringify(parts)).to.deep.equal([]);
    const { esv, ...others } = parts;
    for (const [of, part] of Object.entries(others)) expect(part, `${result.day}: ${of}`).to.be.at.most(MARGIN);
    expect(esv, `${result.day}: ESV`).to.be.at.most(0.25 * MARGIN);
  }

  it("gives CloudSim's figures for the literature's policies", () => {
    const figures = Object.keys(TOLERANCE) as (keyof typeof TOLERANCE)[];
    const compared = days.filter(({ day: name }) => name in CLOUDSIM);
    for (const [index, traces] of compared.entries()) {
      const { policies, vms, vmsAtEnd, lowerBound } = CLOUDSIM[traces.day]!;
      for (const [policy, published] of Object.entries(policies)) {
        if (index > 0 && !EACH_DAY.includes(policy)) continue;
        const ours = day(traces, policy);
        expect(ours).to.include({ vms, vmsAtEnd });
        expect(ours.lowerBoundKWh).to.be.closeTo(lowerBound, 0.05);
        for (const of of figures) {
          const text = `${traces.day} ${policy}: ${of}`;
          expect(ours[of] * SCALE[of], text).to.be.closeTo(published[of], TOLERANCE[of] * published[of] + 1e-9);
        }
      }
    }
  });

  it('ours is better than the mended baseline in every figure, as-is, and near the lower bound', () => {
    for (const traces of days) {
      const ours = day(traces, 'attitune');
      expectBetter(ours, day(traces, 'lr-mmt-w-1.2'));
      expect(ours.energyKWh, traces.day).to.be.at.most(1.2 * ours.lowerBoundKWh);
      expect(ours.esv, traces.day).to.be.at.most(day(traces, 'lr-mmt-1.2').esv / 20);
    }
  });

  it('and full', () => {
    for (const traces of days) {
      const ours = day(traces, 'attitune', { mode: 'full' });
      expectBetter(ours, day(traces, 'lr-mmt-1.2', { mode: 'full' }));
      expect(ours.energyKWh, traces.day).to.be.at.most(1.2 * ours.lowerBoundKWh);
    }
  });

  it('and in other orders of the files', () => {
    for (const [index, traces] of days.entries()) {
      for (const mode of ['as-is', 'full'] as const) {
        const other = { mode, shuffle: index + 1 };
        expectBetter(day(traces, 'attitune', other), day(traces, 'lr-mmt-w-1.2', other));
      }
    }
  });

  it('where memory counts all day, takes less energy than the literature and is near that bound', () => {
    for (const traces of days.slice(0, 1)) {
      const [ours, theirs] = ['attitune', 'lr-mmt-1.2'].map((policy) => day(traces, policy, { memory: true }));
      expect(ours!.energyKWh).to.be.within(ours!.lowerBoundKWh, theirs!.energyKWh);
      expect(ours!.energyKWh).to.be.at.most(1.2 * ours!.lowerBoundKWh);
      expect(ours!.unserved).to.be.at.most(0.001);
    }
  });

  it('a policy that never migrates is not called good, though its ESV is 0', () => {
    for (const traces of days) {
      expect(judge(day(traces, 'dvfs'), day(traces, 'lr-mmt-w-1.2')).failed).to.deep.equal(['energyKWh']);
    }
  });
});
