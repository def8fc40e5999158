import { expect } from 'chai';
import fc from 'fast-check';
import type { AnyDetector } from '../../../core/model/probe.js';
import { AttituneError } from '../../../core/model/errors.js';
import { ForecastDetector } from '../../../probes/detectors/forecast.detector.js';
import { KOfNDetector } from '../../../probes/detectors/k-of-n.detector.js';

const place = { file: 'web.deployment.xml', line: 18, column: 5 };
const subject = { measure: 'cpu', unit: 'ratio' };

/** Feeds one value per second (undefined: missing) and tells what fired, by index. */
function feed(
  detector: AnyDetector,
  parameters: Readonly<Record<string, string>>,
  values: readonly (number | undefined)[],
) {
  const config: unknown = detector.configure(parameters, 1000, place, subject);
  let state: unknown = detector.initial(config);
  return values.flatMap((value, index) => {
    const at = 1000 * (index + 1);
    const step = detector.step(state, value === undefined ? { at } : { at, value }, config);
    state = step.state;
    return step.fired === undefined ? [] : [{ index, text: step.fired, since: step.since }];
  });
}

const kOfN = new KOfNDetector();
const predicting = new ForecastDetector();
const indexes = (fired: readonly { readonly index: number }[]) => fired.map(({ index }) => index);

describe('k-of-n detector', () => {
  const three = { above: '80 %', points: '3', of: '5' };

  it('fires when three of the last five readings are above, with its evidence', () => {
    expect(feed(kOfN, three, [0.5, 0.9, 0.5, 0.9, 0.95])).to.deep.equal([
      { index: 4, text: 'CPU above 80 % in 3 of the last 5 readings, last 95 %', since: 2000 },
    ]);
  });

  it('is not raised by a peak, nor while the last reading is not above', () => {
    expect(feed(kOfN, three, [0.9, 0.9, 0.5, 0.5, 0.5, 0.9, 0.5, 0.5])).to.deep.equal([]);
    expect(feed(kOfN, { ...three, points: '2' }, [0.9, 0.5, 0.5, 0.5, 0.5, 0.5])).to.deep.equal([]);
  });

  it('fires once until fewer than three are above where the alarm ends', () => {
    const hot = Array<number>(6).fill(0.9);
    expect(indexes(feed(kOfN, three, [...hot, 0.5, 0.5, 0.5, ...hot]))).to.deep.equal([2, 11]);
    const between = Array<number>(5).fill(0.75);
    expect(indexes(feed(kOfN, { ...three, clear: '70 %' }, [...hot, ...between, ...hot]))).to.deep.equal([2]);
  });

  it('fires again each so often while it lasts, where it is told to', () => {
    expect(indexes(feed(kOfN, { ...three, again: '5 s' }, Array<number>(14).fill(1)))).to.deep.equal([2, 7, 12]);
  });

  it('takes missing readings for no evidence, neither of trouble nor of its end', () => {
    const none = undefined;
    expect(indexes(feed(kOfN, three, [0.9, none, 0.9, none, 0.9]))).to.deep.equal([4]);
    expect(feed(kOfN, three, [0.9, none, none, none, 0.9, 0.9])).to.deep.equal([]);
    expect(indexes(feed(kOfN, three, [0.9, 0.9, 0.9, none, none, none, none, none, 0.9, 0.9, 0.9]))).to.deep.equal([2]);
  });

  it('counts what is below, too', () => {
    expect(indexes(feed(kOfN, { below: '20 %' }, [0.1, 0.1, 0.5, 0.1]))).to.deep.equal([3]);
  });

  it('never fires on fewer readings beyond the limit than it asks for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }), { maxLength: 60 }),
        (values) => {
          for (const { index } of feed(kOfN, three, values)) {
            const last = values.slice(Math.max(0, index - 4), index + 1);
            expect(last.filter((value) => value !== undefined && value > 0.8).length).to.be.at.least(3);
            expect(values[index]).to.be.greaterThan(0.8);
          }
        },
      ),
    );
  });
});

describe('forecast detector', () => {
  const parameters = { above: '70 %', points: '3', of: '5', window: '20' };
  const calm = Array<number>(10).fill(0.2);

  it('fires on a load that stays, and tells what it expects', () => {
    const [first] = feed(predicting, parameters, [...calm, 0.9, 0.95, 0.9, 0.92, 0.94, 0.95, 0.93]);
    expect(first?.text).to.match(/^CPU above 70 % in \d of the last 5 readings, last \d+ %, next about \d+ %$/);
  });

  it('waits while the next reading is expected below the limit', () => {
    const values = [...calm, ...calm, 0.72, 0.72, 0.72];
    expect(indexes(feed(kOfN, { above: '70 %' }, values))).to.deep.equal([22]);
    expect(feed(predicting, parameters, values)).to.deep.equal([]);
  });

  it('does not fire before it knows enough to predict', () => {
    expect(indexes(feed(predicting, parameters, [0.9, 0.9, 0.9, 0.9]))).to.deep.equal([3]);
    expect(feed(predicting, parameters, [0.9, 0.9, 0.9])).to.deep.equal([]);
  });

  it('forgets what was before a long gap', () => {
    const gap = Array<undefined>(6).fill(undefined);
    expect(feed(predicting, parameters, [...Array<number>(10).fill(0.9).slice(0, 2), ...gap, 0.9, 0.9])).to.deep.equal(
      [],
    );
  });
});

describe('attributes of k-of-n and forecast', () => {
  const cases: readonly (readonly [AnyDetector, Record<string, string>, string, string])[] = [
    [kOfN, {}, 'xml-attribute', '"above" and "below"'],
    [kOfN, { above: '80 %', points: '6', of: '5' }, 'value', 'Attribute points: "6"'],
    [kOfN, { above: '80 %', of: '0' }, 'value', 'Attribute of: "0"'],
    [kOfN, { above: '80 %', clear: '90 %' }, 'value', 'at most "80 %"'],
    [kOfN, { above: '80 %', again: '0 s' }, 'value', 'Attribute again'],
    [kOfN, { above: '80 %', window: '9' }, 'xml-attribute', 'no attribute "window"'],
    [predicting, { above: '80 %', window: '3' }, 'value', 'Attribute window: "3"'],
    [predicting, { above: '80 %', windows: '30' }, 'xml-attribute', 'Did you mean "window"?'],
  ];
  for (const [detector, parameters, code, text] of cases) {
    it(`${detector.type} refuses ${JSON.stringify(parameters)}`, () => {
      try {
        detector.configure(parameters, 1000, place, subject);
      } catch (error) {
        const fault = AttituneError.from(error);
        expect([fault.code, fault.place]).to.deep.equal([code, place]);
        expect(fault.message).to.include(text);
        return;
      }
      expect.fail('it was taken');
    });
  }
});
