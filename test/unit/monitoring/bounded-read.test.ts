import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { boundedRead, oneAtATime } from '../../../core/monitoring/bounded-read.js';

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => expect.fail('it resolved'),
    (error: unknown) => error as Error & { readonly code?: string },
  );

describe('a read of the world', () => {
  it('is cut off after its time, and told so', async () => {
    const clock = new SimulatedClock();
    let told: AbortSignal | undefined;
    const hanging = boundedRead(
      (signal) => {
        told = signal;
        return new Promise(() => undefined);
      },
      500,
      clock,
    );
    const error = await clock.runUntil(failure(hanging));
    expect([error.code, clock.now(), told?.aborted]).to.deep.equal(['operation-timeout', 500, true]);
  });

  it('that is in time leaves no timer behind', async () => {
    const clock = new SimulatedClock();
    expect(await boundedRead(() => Promise.resolve(7), 500, clock)).to.equal(7);
    expect((await failure(boundedRead(() => Promise.reject(new Error('no')), 500, clock))).message).to.equal('no');
    expect(clock.nextDueAt).to.equal(undefined);
  });

  it('ends with what asked for it', async () => {
    const clock = new SimulatedClock();
    const stop = new AbortController();
    const reading = failure(boundedRead(() => new Promise(() => undefined), 500, clock, stop.signal));
    stop.abort(new Error('enough'));
    expect((await reading).message).to.equal('enough');
    expect((await failure(boundedRead(() => Promise.resolve(1), 500, clock, stop.signal))).message).to.equal('enough');
  });

  it('is not begun again while it hangs, but is after a while', async () => {
    const clock = new SimulatedClock();
    let begun = 0;
    let end: () => void = () => undefined;
    const read = oneAtATime(() => {
      begun += 1;
      return begun === 1 ? new Promise<number>((resolve) => (end = () => resolve(1))) : Promise.resolve(begun);
    }, clock);
    const { signal } = new AbortController();
    void read(signal);
    expect((await failure(read(signal))).code).to.equal('operation-timeout');
    await clock.advance(29_000);
    expect((await failure(read(signal))).code).to.equal('operation-timeout');
    await clock.advance(1000);
    expect(await read(signal)).to.equal(2);
    // the first one comes back at last, and takes nothing from the later ones
    end();
    expect(await read(signal)).to.equal(3);
  });
});
