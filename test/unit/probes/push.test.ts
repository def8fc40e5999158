import { expect } from 'chai';
import { PushedReadings } from '../../../core/intake/pushed-readings.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { PushProbe } from '../../../probes/push.probe.js';
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
});
