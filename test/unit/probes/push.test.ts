import { expect } from 'chai';
import { PushedReadings } from '../../../core/intake/pushed-readings.js';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import type { Reading } from '../../../core/model/administration.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { ProbeUse } from '../../../core/model/deployment.js';
import { AttituneError } from '../../../core/model/errors.js';
import { Monitor } from '../../../core/monitoring/monitor.js';
import { ThresholdDetector } from '../../../probes/detectors/threshold.detector.js';
import { PushProbe } from '../../../probes/push.probe.js';
import { InstalledDetectors, InstalledProbes } from '../../../probes/registry.js';
import { host, patient, target } from './world.js';

describe('push probe', () => {
  it('is what was pushed last, and nothing when that is stale', async () => {
    const pushed = new PushedReadings();
    const clock = new SimulatedClock();
    const parameters = { stale: '10 s', unit: 'jobs' };
    const probe = new PushProbe(pushed);
    const instance = probe.attach({ ...target({ host: () => host('here'), clock, parameters }), probe: 'queue' });
    const put = (value: number, at = clock.now()) => pushed.put({ component: 'host1', name: 'queue', value, at });
    expect(await instance.read(patient)).to.equal(undefined);
    expect(put(7)).to.equal(true);
    expect(pushed.put({ component: 'host1', name: 'other', value: 1, at: clock.now() })).to.equal(true);
    expect(await instance.read(patient)).to.equal(7);
    await clock.advance(10_000);
    expect(await instance.read(patient)).to.equal(7);
    await clock.advance(1);
    const error = await instance.read(patient).catch((reason: unknown) => reason);
    expect(AttituneError.is(error, 'no-answer')).to.equal(true);
    put(3);
    expect(put(99, clock.now() - 5)).to.equal(false);
    expect(await instance.read(patient)).to.equal(3);
    pushed.keep((component) => component !== 'host1');
    expect(await instance.read(patient)).to.equal(undefined);
    expect(probe.unitOf(parameters)).to.equal('jobs');
  });

  it('is judged in the unit and by the name that its probe has', async () => {
    const pushed = new PushedReadings();
    const clock = new SimulatedClock();
    const bus = new MemoryBus();
    const probe = new PushProbe(pushed);
    const raised: string[] = [];
    const readings: Reading[] = [];
    bus.subscribe('reading', (reading) => readings.push(reading));
    const place = { file: 'x', line: 1, column: 1 };
    const detector = { type: 'threshold', raise: 'full', parameters: { above: '80 %' }, place };
    const use: ProbeUse = {
      ...{ name: 'disk-share', measure: 'push', of: 'servers', everyMs: 1000, place },
      ...{ parameters: { unit: 'ratio' }, detectors: [detector] },
    };
    const monitor = new Monitor({
      ...{
        clock,
        bus,
        probes: new InstalledProbes([probe]),
        detectors: new InstalledDetectors([new ThresholdDetector()]),
      },
      raise: ({ why }) => raised.push(why),
      onTrouble: () => undefined,
    });
    const one = { ...target({ host: () => host('here'), clock, parameters: use.parameters }), probe: use.name };
    monitor.watch(use, () => [one]);
    monitor.start();
    for (const value of [0.5, 0.9, 90]) {
      pushed.put({ component: 'host1', name: 'disk-share', value, at: clock.now() });
      await clock.advance(1000);
    }
    monitor.stop();
    expect(raised).to.deep.equal(['Disk share above 80 %, last 90 %']);
    expect(readings.at(-1)).to.include({
      unit: 'ratio',
      failure: 'It gave 90, which cannot be for a measure in "ratio".',
    });
  });
});
