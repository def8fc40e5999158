import { expect } from 'chai';
import fc from 'fast-check';
import { WatchdogDetector, type WatchdogState } from '../../../probes/detectors/watchdog.detector.js';

const place = { file: 'web.deployment.xml', line: 18, column: 5 };
const subject = { measure: 'cpu', unit: 'ratio' };
const detector = new WatchdogDetector();
const config = detector.configure({ above: '80 %', points: '5' }, 1000, place, subject);

/** Feeds one value per second (undefined: missing) and tells what fired, by index. */
function feed(values: readonly (number | undefined)[], use = config) {
  let state: WatchdogState = detector.initial();
  const fired: { index: number; text: string; since: number | undefined }[] = [];
  const points: number[] = [];
  values.forEach((value, index) => {
    const at = 1000 * (index + 1);
    const step = detector.step(state, value === undefined ? { at } : { at, value }, use);
    state = step.state;
    points.push(state.points);
    if (step.fired !== undefined) fired.push({ index, text: step.fired, since: step.since });
  });
  return { fired, points, state };
}

describe('watchdog detector', () => {
  it('fires at the fifth reading above the limit, with its evidence', () => {
    expect(feed([0.9, 0.85, 0.81, 0.95, 0.97]).fired).to.deep.equal([
      { index: 4, text: 'CPU above 80 % in 5 of the last 5 readings, last 97 %', since: 1000 },
    ]);
  });

  it('takes one point off for each reading at or below the limit, never under 0', () => {
    expect(feed([0.1, 0.8, 0.9, 0.9, 0.8, 0.1, 0.1, 0.9]).points).to.deep.equal([0, 0, 1, 2, 1, 0, 0, 1]);
  });

  it('counts the readings of the streak that led to it', () => {
    const { fired } = feed([0.9, 0.2, 0.9, 0.9, 0.9, 0.5, 0.9, 0.9, 0.9]);
    expect(fired).to.deep.equal([
      { index: 8, text: 'CPU above 80 % in 6 of the last 7 readings, last 90 %', since: 3000 },
    ]);
  });

  it('fires again while the overload lasts', () => {
    expect(feed(Array<number>(15).fill(1)).fired.map(({ index, since }) => [index, since])).to.deep.equal([
      [4, 1000],
      [9, 6000],
      [14, 11000],
    ]);
  });

  it('keeps its points on one or two missing readings', () => {
    const { fired } = feed([0.9, 0.9, undefined, 0.9, undefined, undefined, 0.9, 0.97]);
    expect(fired).to.deep.equal([
      { index: 7, text: 'CPU above 80 % in 5 of the last 8 readings, last 97 %', since: 1000 },
    ]);
  });

  it('forgets all after three missing in a row', () => {
    const { fired, points } = feed([0.9, 0.9, 0.9, 0.9, undefined, undefined, undefined, 0.9]);
    expect(fired).to.deep.equal([]);
    expect(points.slice(-2)).to.deep.equal([0, 1]);
  });

  it('takes impossible readings for missing ones', () => {
    expect(feed([0.9, 0.9, 0.9, 0.9, NaN, -1, 1.6]).points).to.deep.equal([1, 2, 3, 4, 4, 4, 0]);
    expect(feed([1.6, Infinity, 80, 1.6, 97, 99]).points).to.deep.equal([0, 0, 0, 0, 0, 0]);
  });

  it('takes a gap between readings for missing ones', () => {
    const four = feed([0.9, 0.9, 0.9, 0.9]).state;
    expect(detector.step(four, { at: 6500, value: 0.9 }, config).fired).to.be.a('string');
    expect(detector.step(four, { at: 9000, value: 0.9 }, config)).to.deep.include({
      state: { points: 1, due: 1, above: 1, since: 9000, missing: 0, lastAt: 9000 },
    });
  });

  it('takes a reading from before the former one, or the same again, for a missing one', () => {
    const four = feed([0.9, 0.9, 0.9, 0.9]).state;
    expect(detector.step(four, { at: 4000, value: 0.9 }, config).fired).to.equal(undefined);
    const back = detector.step(four, { at: -50_000, value: 0.9 }, config);
    expect(back.fired).to.equal(undefined);
    expect(back.state.points).to.equal(4);
    // from there on time goes forward again
    expect(detector.step(back.state, { at: -49_000, value: 0.9 }, config)).to.deep.include({ since: -50_000 });
  });

  it('never fires with fewer readings above the limit than points', () => {
    const sample = fc.option(
      fc.oneof(fc.double({ min: 0, max: 1.5, noNaN: true }), fc.constant(NaN), fc.constant(-1)),
      {
        nil: undefined,
      },
    );
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 60 }), fc.integer({ min: 1, max: 8 }), (values, points) => {
        const { fired } = feed(values, { ...config, points });
        let from = 0;
        for (const { index } of fired) {
          const above = values.slice(from, index + 1).filter((value) => value !== undefined && value > 0.8);
          expect(above.length).to.be.at.least(points);
          expect(values[index]).to.be.above(0.8);
          from = index + 1;
        }
      }),
    );
  });

  it('never fires on a missing reading, and its points stay below their limit', () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.constantFrom(0.1, 0.9), { nil: undefined }), { maxLength: 80 }), (values) => {
        const { fired, points } = feed(values);
        for (const { index } of fired) expect(values[index]).to.equal(0.9);
        for (const count of points) expect(count).to.be.within(0, 4);
      }),
    );
  });
});
