import { expect } from 'chai';
import { judge, SAMPLES, simulateDay } from '../../../core/consolidation/index.js';
import { AttituneError } from '../../../core/model/errors.js';
import { syntheticTraces } from '../../support/synthetic-traces.js';

const constant = (percent: number) => new Uint8Array(SAMPLES).fill(percent);

describe('a simulated day', () => {
  it('of one VM draws what its host does, but for the first five minutes', () => {
    // it has 2500 MIPS, which only a core of the second host has: 20 % of them are 500 of its 5320
    const day = simulateDay([constant(20)], 'dvfs', { hosts: 2 });
    const watts = 93.7 + (97 - 93.7) * (500 / 532);
    expect(day.energyKWh).to.be.closeTo((watts * 85_800) / 3.6e6, 1e-9);
    expect(day).to.include({ vms: 1, vmsAtEnd: 1, migrations: 0, slatah: 0, unserved: 0 });
    // no host is more efficient than a G5 that is full
    expect(day.lowerBoundKWh).to.be.closeTo((500 * (135 / 5320) * 85_800) / 3.6e6, 1e-6);
  });

  it('as published, loses VMs that ask for nothing twice in a row; full, it keeps them', () => {
    const pausing = constant(10);
    pausing.fill(0, 100, 102);
    const resting = constant(10);
    resting.fill(0, 100, 101);
    const traces = [constant(10), pausing, resting];
    expect(simulateDay(traces, 'dvfs', { hosts: 4 }).vmsAtEnd).to.equal(2);
    expect(simulateDay(traces, 'dvfs', { hosts: 4, mode: 'full' }).vmsAtEnd).to.equal(3);
  });

  it('without power awareness takes the same whatever is asked for', () => {
    const day = simulateDay([constant(20)], 'npa');
    expect(day.energyKWh).to.be.closeTo(2410.8, 0.005);
  });

  it('is the same again, and tells its time only where there is a clock', () => {
    const traces = syntheticTraces({ vms: 60, seed: 3 });
    for (const policy of ['lr-rs-1.2', 'attitune']) {
      expect(simulateDay(traces, policy, { hosts: 60 })).to.deep.equal(simulateDay(traces, policy, { hosts: 60 }));
    }
    let clock = 0;
    expect(simulateDay(traces, 'dvfs', { hosts: 60, now: () => (clock += 5) }).elapsedMs).to.equal(5);
    expect(simulateDay(traces, 'dvfs', { hosts: 60 }).elapsedMs).to.equal(0);
  });

  it('tells each decision where that is wanted', () => {
    const traces = syntheticTraces({ vms: 60, seed: 3 });
    const { series = [], migrations } = simulateDay(traces, 'attitune', { hosts: 60, series: true });
    expect(series).to.have.length(SAMPLES - 1);
    expect(series.reduce((sum, tick) => sum + tick.migrations, 0)).to.equal(migrations);
    expect(series.every(({ watts, hostsOn }) => watts >= 86 * hostsOn)).to.equal(true);
  });

  it('needs hosts for all', () => {
    const traces = Array.from({ length: 40 }, () => constant(10));
    for (const policy of ['dvfs', 'lr-mmt-1.2', 'attitune']) {
      expect(() => simulateDay(traces, policy, { hosts: 4 }))
        .to.throw(AttituneError, '4 hosts do not hold 40 VMs')
        .with.property('code', 'no-capacity');
    }
  });

  it('promises memory only once where it counts all day', () => {
    const traces = syntheticTraces({ vms: 80, seed: 5 });
    for (const policy of ['lr-mmt-1.2', 'attitune']) {
      const [free, bound] = [false, true].map((memory) => simulateDay(traces, policy, { hosts: 80, memory }));
      expect(bound!.lowerBoundKWh).to.be.greaterThan(free!.lowerBoundKWh);
      expect(bound!.energyKWh).to.be.greaterThan(bound!.lowerBoundKWh);
    }
  });
});

describe('the verdict on a policy', () => {
  const traces = syntheticTraces({ vms: 240, seed: 11 });
  const options = { hosts: 160 };
  const baseline = simulateDay(traces, 'lr-mmt-w-1.2', options);

  it('is good for ours', () =>
    expect(judge(simulateDay(traces, 'attitune', options), baseline).failed).to.deep.equal([]));

  it('is not good for one that never migrates, though its ESV is 0', () => {
    const never = simulateDay(traces, 'dvfs', options);
    expect(never.esv).to.equal(0);
    expect(judge(never, baseline).failed).to.deep.equal(['energyKWh']);
  });

  it('nor for one that packs the VMs on few hosts and leaves them there', () => {
    const few = Math.ceil(baseline.energyKWh / 3);
    const packed = simulateDay(
      traces,
      (fleet) => {
        for (let vm = 0; vm < fleet.vms; vm += 1) fleet.place(vm, 2 * (vm % few) + 1);
        return { decide: () => [] };
      },
      options,
    );
    expect(packed.esv).to.equal(0);
    expect(judge(packed, baseline).failed).to.include.members(['slatah', 'unserved']);
  });
});
