import { expect } from 'chai';
import fc from 'fast-check';
import { ThresholdDetector, type ThresholdState } from '../../../probes/detectors/threshold.detector.js';

const place = { file: 'web.deployment.xml', line: 18, column: 5 };
const cpu = { measure: 'cpu', unit: 'ratio' };
const detector = new ThresholdDetector();

function configure(parameters: Record<string, string>, subject = cpu) {
  return detector.configure(parameters, 1000, place, subject);
}

/** Feeds one value per second (undefined: missing) and tells what fired, by index. */
function feed(config: ReturnType<typeof configure>, values: readonly (number | undefined)[]) {
  let state: ThresholdState = detector.initial();
  const fired: { index: number; text: string; since: number | undefined }[] = [];
  values.forEach((value, index) => {
    const at = 1000 * index;
    const step = detector.step(state, value === undefined ? { at } : { at, value }, config);
    state = step.state;
    if (step.fired !== undefined) fired.push({ index, text: step.fired, since: step.since });
  });
  return fired;
}

const indexes = (fired: readonly { index: number }[]) => fired.map(({ index }) => index);

describe('threshold detector', () => {
  const held = configure({ above: '80 %', clear: '60 %', hold: '3 s' });

  it('fires once when the condition held for the whole hold time', () => {
    expect(feed(held, [0.5, 0.9, 0.9, 0.9, 0.95, 0.9, 0.9])).to.deep.equal([
      { index: 4, text: 'CPU above 80 % for 3 s, last 95 %', since: 1000 },
    ]);
  });

  it('starts the hold time anew after any reading that is not beyond the edge', () => {
    expect(indexes(feed(held, [0.9, 0.9, 0.9, 0.8, 0.9, 0.9, 0.9, 0.9]))).to.deep.equal([7]);
  });

  it('starts the hold time anew after a missing or impossible reading', () => {
    for (const odd of [undefined, NaN, -0.1, 1.6]) {
      expect(indexes(feed(held, [0.9, 0.9, 0.9, odd, 0.9, 0.9, 0.9, 0.9])), String(odd)).to.deep.equal([7]);
    }
  });

  it('starts the hold time anew after a gap, and after the clock went back', () => {
    const before = { armed: true, since: 0, lastAt: 2000 };
    expect(detector.step(before, { at: 4500, value: 0.9 }, held)).to.deep.equal({
      state: { armed: true, since: 4500, lastAt: 4500 },
    });
    expect(detector.step(before, { at: 1000, value: 0.9 }, held)).to.deep.equal({
      state: { armed: true, lastAt: 1000 },
    });
  });

  it('re-arms only at the clear edge', () => {
    const now = configure({ above: '80 %', clear: '60 %' });
    expect(indexes(feed(now, [0.9, 0.7, 0.9, 0.61, 0.9, 0.6, 0.9]))).to.deep.equal([0, 6]);
  });

  it('does not re-arm on a missing reading', () => {
    const now = configure({ above: '80 %', clear: '60 %' });
    expect(indexes(feed(now, [0.9, undefined, undefined, undefined, 0.9]))).to.deep.equal([0]);
  });

  it('fires again while it lasts, where it is asked to', () => {
    const again = configure({ above: '80 %', clear: '60 %', hold: '2 s', again: '4 s' });
    expect(indexes(feed(again, Array<number>(12).fill(0.9)))).to.deep.equal([2, 6, 10]);
    // a missing reading breaks the hold time, so that the next one waits for a whole one
    expect(indexes(feed(again, [0.9, 0.9, 0.9, 0.9, 0.9, undefined, 0.9, 0.9, 0.9, 0.9]))).to.deep.equal([2, 8]);
  });

  it('works the other way round with below', () => {
    const low = configure({ below: '20 %', clear: '30 %', hold: '1 s' });
    expect(feed(low, [0.5, 0.1, 0.15, 0.25, 0.1, 0.1, 0.3, 0.1, 0.05])).to.deep.equal([
      { index: 2, text: 'CPU below 20 % for 1 s, last 15 %', since: 1000 },
      { index: 8, text: 'CPU below 20 % for 1 s, last 5 %', since: 7000 },
    ]);
  });

  it('speaks in the unit of the measure', () => {
    const slow = configure({ above: '0.2 s' }, { measure: 'http-latency', unit: 'ms' });
    expect(feed(slow, [350.4])[0]?.text).to.equal('HTTP latency above 200 ms, last 350 ms');
    const busy = configure({ above: '4' }, { measure: 'load', unit: 'load' });
    expect(feed(busy, [4.256])[0]?.text).to.equal('Load above 4, last 4.26');
  });

  it('never fires before the hold time, nor twice without a reading at the clear edge between', () => {
    const value = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), fc.integer({ min: 0, max: 5 }), (values, hold) => {
        const config = configure({ above: '50 %', clear: '30 %', hold: `${hold} s` });
        let from = 0;
        for (const index of indexes(feed(config, values))) {
          const streak = values.slice(index - hold, index + 1);
          expect(index).to.be.at.least(hold);
          expect(streak.every((one) => one !== undefined && one > 0.5)).to.equal(true);
          const between = values.slice(from, index);
          expect(from === 0 || between.some((one) => one !== undefined && one <= 0.3)).to.equal(true);
          from = index + 1;
        }
      }),
    );
  });
});
