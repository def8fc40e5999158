import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { samplesOf } from '../../../probes/sources/prometheus-text.js';
import { intakeWorld } from './world.js';

describe('readings in OpenMetrics', () => {
  it('are the newest of each probe and component that is there', async () => {
    const { bus, intake, system, worker, close } = intakeWorld(new SimulatedClock(1_700_000_000_000));
    const reading = { probe: 'queue', measure: 'push', unit: 'jobs', durationMs: 1, component: 'Worker_1' };
    bus.publish('reading', { ...reading, at: 1000, value: 1 });
    bus.publish('reading', { ...reading, at: 2500, value: 4 });
    bus.publish('reading', { ...reading, at: 3000, component: 'Worker_2', failure: 'broken' });
    bus.publish('reading', { ...reading, at: 3000, probe: 'a "b"\\', unit: '', value: 0.5 });
    const text = intake.metrics();
    expect(text).to.include(
      'attitune_reading{probe="queue",measure="push",component="Worker_1",unit="jobs"} 4 2.500\n',
    );
    expect(text).to.include('attitune_probe_failed{probe="queue",component="Worker_2"} 1 3.000\n');
    expect(text.endsWith('# EOF\n')).to.equal(true);
    expect(samplesOf(text, 'attitune_reading')).to.deep.equal([
      {
        name: 'attitune_reading',
        labels: { probe: 'queue', measure: 'push', component: 'Worker_1', unit: 'jobs' },
        value: 4,
        at: 2500,
      },
      {
        name: 'attitune_reading',
        labels: { probe: 'a "b"\\', measure: 'push', component: 'Worker_1' },
        value: 0.5,
        at: 3000,
      },
    ]);
    system.remove(worker);
    expect(samplesOf(intake.metrics(), 'attitune_reading')).to.deep.equal([]);
    await close();
  });
});
