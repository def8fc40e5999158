import { expect } from 'chai';
import type { AnyDetector } from '../../../core/model/probe.js';
import { delay } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { MonitorBench, place, watchdog } from './monitor-bench.js';

describe('monitor', () => {
  let bench: MonitorBench;
  beforeEach(() => {
    bench = new MonitorBench();
    bench.targets = [bench.target('host1')];
  });
  afterEach(() => bench.monitor.stop());

  it('publishes a reading of every target in every period', async () => {
    bench.targets.push(bench.target('host2'));
    bench.read = (component) => (component === 'host1' ? 0.25 : undefined);
    bench.watch();
    bench.monitor.start();
    await bench.clock.advance(1000);
    const common = { probe: 'hostFake', measure: 'fake', unit: 'ratio', durationMs: 0 };
    expect(bench.readings).to.deep.equal([
      { ...common, component: 'host1', at: 1_000_000, value: 0.25 },
      { ...common, component: 'host2', at: 1_000_000 },
      { ...common, component: 'host1', at: 1_001_000, value: 0.25 },
      { ...common, component: 'host2', at: 1_001_000 },
    ]);
  });

  it('raises what a detector found, with when it was first seen, and nothing in the first period', async () => {
    bench.watch([watchdog(1, 'busy'), watchdog(3)]);
    bench.monitor.start();
    await bench.clock.advance(999);
    expect(bench.readings).to.have.length(1);
    expect(bench.events).to.deep.equal([]);
    await bench.clock.advance(2001);
    expect(
      bench.events.map(({ name, at, firstSeenAt }) => [name, at - 1_000_000, firstSeenAt - 1_000_000]),
    ).to.deep.equal([
      ['busy', 1000, 1000],
      ['busy', 2000, 2000],
      ['busy', 3000, 3000],
      ['overloaded', 3000, 1000],
    ]);
    expect(bench.events.at(-1)).to.include({
      component: 'host1',
      why: 'Fake above 80 % in 3 of the last 3 readings, last 90 %',
    });
  });

  it('keeps to its grid, however long reading takes', async () => {
    bench.read = async () => {
      await delay(bench.clock, 700);
      return 0.5;
    };
    bench.watch();
    bench.monitor.start();
    await bench.clock.advance(4800);
    expect(bench.times('host1')).to.deep.equal([0, 1000, 2000, 3000, 4000]);
    expect(bench.readings.every((reading) => reading.durationMs === 700)).to.equal(true);
  });

  it('cuts off a read at its period, told by its signal, without hurting the other targets', async () => {
    bench.targets.push(bench.target('slow'));
    const cutOffs: number[] = [];
    bench.read = async (component, signal) => {
      if (component === 'host1') return 0.9;
      await delay(bench.clock, 60_000, signal).catch((error: unknown) => {
        cutOffs.push(bench.clock.now() - 1_000_000);
        throw error;
      });
      return 0.9;
    };
    bench.watch([watchdog(3)]);
    bench.monitor.start();
    await bench.clock.advance(3500);
    expect(cutOffs).to.deep.equal([1000, 2000, 3000]);
    expect(bench.times('host1')).to.deep.equal([0, 1000, 2000, 3000]);
    expect(bench.readings.find((reading) => reading.component === 'slow')).to.deep.include({
      failure: 'It took longer than 1000 ms.',
      durationMs: 1000,
    });
    expect(bench.events.map(({ component }) => component)).to.deep.equal(['host1']);
  });

  it('lets no read take longer than 5 s', async () => {
    bench.read = (_, signal) => delay(bench.clock, 60_000, signal).then(() => 0.9);
    bench.watch([], { everyMs: 60_000 });
    bench.monitor.start();
    await bench.clock.advance(5000);
    expect(bench.readings.map((reading) => reading.failure)).to.deep.equal(['It took longer than 5000 ms.']);
  });

  it('never has two reads of one target at a time, and tries again in the end', async () => {
    let open = 0;
    bench.read = () => {
      open += 1;
      return new Promise(() => undefined);
    };
    bench.watch();
    bench.monitor.start();
    await bench.clock.advance(29_500);
    expect(open).to.equal(1);
    expect(bench.readings.at(-1)?.failure).to.equal('The read before this one has not ended yet.');
    bench.read = () => 0.4;
    await bench.clock.advance(2000);
    expect(bench.readings.at(-1)?.value).to.equal(0.4);
  });

  it('follows components that come and go', async () => {
    bench.watch([watchdog(3)]);
    bench.monitor.start();
    await bench.clock.advance(2500);
    const [first] = bench.targets;
    bench.targets = [bench.target('host2')];
    await bench.clock.advance(2000);
    if (first) bench.targets.push(first);
    await bench.clock.advance(1000);
    expect(bench.times('host1')).to.deep.equal([0, 1000, 2000, 5000]);
    expect(bench.times('host2')).to.deep.equal([3000, 4000, 5000]);
    // two points of host1 went with it
    expect(bench.events.map(({ component }) => component)).to.deep.equal(['host2']);
    expect(bench.attached).to.equal(3);
  });

  it('knows a component by identity, not by the object that describes it or by its name', async () => {
    const [first] = bench.targets;
    bench.monitor.watch(bench.use([watchdog(3)]), () => (first ? [{ ...first }] : []));
    bench.monitor.start();
    await bench.clock.advance(3000);
    expect(bench.attached).to.equal(1);
    expect(bench.events).to.have.length(1);
  });

  it('one that keeps failing hurts no other, and is said once when it begins and once when it ends', async () => {
    bench.targets.push(bench.target('host2'));
    bench.read = (component) => {
      if (component === 'host2' && bench.clock.now() < 1_003_000)
        throw new AttituneError('host-unreachable', 'host2 does not answer.');
      return 0.9;
    };
    bench.watch([watchdog(5)]);
    bench.monitor.start();
    await bench.clock.advance(5000);
    expect(
      bench.troubles.map(({ at, recovered, component, text }) => [at - 1_000_000, recovered, component, text]),
    ).to.deep.equal([
      [2000, false, 'host2', 'Probe hostFake cannot measure host2: host2 does not answer.'],
      [3000, true, 'host2', 'Probe hostFake measures host2 again.'],
    ]);
    expect(bench.troubles[0]?.error?.code).to.equal('host-unreachable');
    expect(bench.events.map(({ component }) => component)).to.deep.equal(['host1']);
  });

  it('says nothing of a single reading that fails', async () => {
    bench.read = () => {
      if (bench.clock.now() === 1_002_000) throw new AttituneError('host-unreachable', 'it moves.');
      return 0.5;
    };
    bench.watch([watchdog(5)]);
    bench.monitor.start();
    await bench.clock.advance(5000);
    expect(bench.troubles).to.deep.equal([]);
  });

  it('publishes no value that cannot be', async () => {
    for (const value of [NaN, Infinity, -0.1, 1.51]) {
      const own = new MonitorBench();
      own.targets = [own.target('host1')];
      own.read = () => value;
      own.watch([watchdog(1)]);
      own.monitor.start();
      await own.clock.advance(3000);
      own.monitor.stop();
      expect(own.readings[0]).to.not.have.property('value');
      expect(own.readings[0]?.failure).to.equal(`It gave ${value}, which cannot be for a measure in "ratio".`);
      expect(own.events).to.deep.equal([]);
    }
  });

  it('goes on where the targets cannot be told, a probe cannot be attached, or raising fails', async () => {
    let rounds = 0;
    bench.raise = () => {
      throw new TypeError('the loop is broken');
    };
    const [only] = bench.targets;
    bench.monitor.watch(bench.use([watchdog(1)]), () => {
      rounds += 1;
      if (rounds === 2 || rounds === 3) throw new TypeError('no system yet');
      return only ? [only] : [];
    });
    bench.monitor.start();
    await bench.clock.advance(4000);
    expect(bench.times('host1')).to.deep.equal([0, 3000, 4000]);
    expect(bench.troubles.map(({ component, text }) => [component, text])).to.deep.equal([
      ['servers', 'Probe hostFake cannot measure servers: no system yet'],
      ['host1', 'Event overloaded of host1 was not raised: the loop is broken'],
      ['host1', 'Event overloaded of host1 was not raised: the loop is broken'],
    ]);
  });

  it('gives stale readings to detectors as missing', async () => {
    const samples: unknown[] = [];
    const spy: AnyDetector = {
      type: 'spy',
      description: '',
      configure: () => undefined,
      initial: () => undefined,
      step: (state: unknown, sample: unknown) => {
        samples.push(sample);
        return { state };
      },
    };
    const own = new MonitorBench([spy]);
    own.targets = [own.target('host1')];
    // the machine sleeps during the second read: its cut-off has no chance to fire in time
    own.read = () => {
      if (own.clock.now() === 1_001_000) own.clock.now = () => 1_051_000;
      return 0.9;
    };
    own.watch([{ type: 'spy', raise: 'seen', parameters: {}, place }]);
    own.monitor.start();
    await own.clock.advance(1000);
    own.monitor.stop();
    expect(samples[0]).to.deep.equal({ at: 1_001_000 });
  });

  it('says nothing after stop, and starts afresh', async () => {
    bench.read = async (_, signal) => {
      await delay(bench.clock, 300, signal);
      return 0.9;
    };
    bench.watch([watchdog(3)]);
    bench.monitor.start();
    bench.monitor.start();
    await bench.clock.advance(3100);
    bench.monitor.stop();
    bench.monitor.stop();
    await bench.clock.advance(10_000);
    expect(bench.times('host1')).to.deep.equal([0, 1000, 2000]);
    expect(bench.clock.nextDueAt).to.equal(undefined);
    bench.monitor.start();
    await bench.clock.advance(3000);
    expect(bench.events).to.deep.equal([]);
    expect(bench.troubles).to.deep.equal([]);
    await bench.clock.advance(300);
    expect(bench.events).to.have.length(1);
  });

  it('takes a probe also while it runs', async () => {
    bench.monitor.start();
    await bench.clock.advance(1500);
    bench.watch();
    await bench.clock.advance(1000);
    expect(bench.times('host1')).to.deep.equal([1500, 2500]);
  });

  it('refuses a probe that cannot be, with its place, and adds nothing', async () => {
    const detector = { type: 'watchdgo', raise: 'x', parameters: {}, place: { ...place, line: 19 } };
    const cases = [
      [bench.use([], { measure: 'fkae' }), 'unknown-measure', 'Did you mean "fake"?', 18],
      [bench.use([detector]), 'unknown-detector', 'Did you mean "watchdog"?', 19],
      [bench.use([], { parameters: {} }), 'xml-attribute', 'needs the attribute "address"', 18],
      [bench.use([], { parameters: { address: 'x', devise: 'y' } }), 'xml-attribute', 'Did you mean "device"?', 18],
      [bench.use([], { everyMs: 0 }), 'value', 'must be above 0', 18],
    ] as const;
    for (const [use, code, text, line] of cases) {
      expect(() => bench.monitor.watch(use, () => bench.targets))
        .to.throw(AttituneError, text)
        .that.deep.includes({ code, place: { ...place, line } });
    }
    bench.monitor.start();
    await bench.clock.advance(3000);
    expect(bench.readings).to.deep.equal([]);
  });
});
