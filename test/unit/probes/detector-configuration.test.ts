import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { ThresholdDetector } from '../../../probes/detectors/threshold.detector.js';
import { WatchdogDetector } from '../../../probes/detectors/watchdog.detector.js';

const place = { file: 'web.deployment.xml', line: 18, column: 5 };
const cpu = { measure: 'cpu', unit: 'ratio' };

/** Attributes, the code that they get, and a part of what is said. */
type Case = readonly [Record<string, string>, string, string];

const WATCHDOG: readonly Case[] = [
  [{}, 'xml-attribute', 'needs the attribute "above"'],
  [{ above: '80 %', pionts: '5' }, 'xml-attribute', 'Did you mean "points"?'],
  [{ above: '80 %', points: '0' }, 'value', 'Attribute points: "0"'],
  [{ above: '80 %', points: 'five' }, 'value', 'Attribute points: "five"'],
  [{ above: '80' }, 'value', '"80 %"'],
  [{ above: '180 %' }, 'value', 'at most "100 %"'],
  [{ above: 'much' }, 'value', 'Attribute above: "much"'],
];

const THRESHOLD: readonly Case[] = [
  [{}, 'xml-attribute', '"above" and "below"'],
  [{ above: '80 %', below: '20 %' }, 'xml-attribute', 'one of'],
  [{ above: '80 %', clear: '90 %' }, 'value', 'at most "80 %"'],
  [{ below: '20 %', clear: '10 %' }, 'value', 'at least "20 %"'],
  [{ above: '80 %', hold: '10' }, 'value', 'Attribute hold: "10"'],
  [{ above: '80 %', again: '0 s' }, 'value', 'Attribute again'],
  [{ above: '200 ms' }, 'value', 'ratio'],
  [{ above: '80 %', holds: '10 s' }, 'xml-attribute', 'Did you mean "hold"?'],
];

describe('attributes of detectors', () => {
  for (const [detector, cases] of [
    [new WatchdogDetector(), WATCHDOG],
    [new ThresholdDetector(), THRESHOLD],
  ] as const) {
    for (const [parameters, code, text] of cases) {
      it(`${detector.type} refuses ${JSON.stringify(parameters)}`, () => {
        const fault = caught(() => detector.configure(parameters, 1000, place, cpu));
        expect(fault.code).to.equal(code);
        expect(fault.message).to.include(text);
        expect(fault.place).to.deep.equal(place);
      });
    }
  }

  it('takes the unit from how a limit is written where no measure is named', () => {
    const units = ['80 %', '200 ms', '384 MiB', '4'].map((above) =>
      new WatchdogDetector().configure({ above }, 1000, place),
    );
    expect(units.map(({ scale, above }) => [scale.unit, above])).to.deep.equal([
      ['ratio', 0.8],
      ['ms', 200],
      ['MiB', 384],
      ['number', 4],
    ]);
  });

  it('counts to 5 where a watchdog does not say how many points', () => {
    expect(new WatchdogDetector().configure({ above: '0.8' }, 1000, place, cpu)).to.include({ points: 5, above: 0.8 });
  });
});

function caught(action: () => unknown): AttituneError {
  try {
    action();
  } catch (error) {
    if (error instanceof AttituneError) return error;
    throw error;
  }
  throw new AttituneError('expectation', 'nothing was thrown');
}
