import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { checkExpectations, evaluate } from '../../../core/app/report/expectations.js';
import { measureNames } from '../../../core/app/report/measures.js';
import { buildReport } from '../../../core/app/report/build-report.js';
import { expectation, migration, request, run } from './fixture.js';

describe('expectations', () => {
  const values = {
    'requests.failed': 0,
    'requests.p95Ms': 120,
    'requests.maxMs': 400,
    'worker.leastShare': 0.45,
    'reaction.maxMs': NaN,
  };

  it('compare by each comparison', () => {
    const cases = [
      ['equals', '120', true],
      ['equals', '121', false],
      ['atMost', '120', true],
      ['atMost', '119', false],
      ['atLeast', '120', true],
      ['atLeast', '121', false],
      ['below', '121', true],
      ['below', '120', false],
      ['above', '119', true],
      ['above', '120', false],
    ] as const;
    for (const [comparison, to, passed] of cases) {
      const [result] = evaluate([expectation('requests.p95Ms', comparison, to)], values);
      expect(result, `${comparison} ${to}`).to.deep.equal({
        that: 'requests.p95Ms',
        comparison,
        expected: Number(to),
        actual: 120,
        passed,
      });
    }
  });

  it('take numbers with units', () => {
    const expected = ['0.5 s', '500 ms', '1 min'].map(
      (to) => evaluate([expectation('requests.p95Ms', 'below', to)], values)[0]?.expected,
    );
    expect(expected).to.deep.equal([500, 500, 60_000]);
    expect(evaluate([expectation('worker.leastShare', 'atLeast', '40 %')], values)[0]).to.include({
      expected: 0.4,
      passed: true,
    });
  });

  it('compare with another measure and say which', () => {
    const [result] = evaluate([expectation('requests.p95Ms', 'below', 'requests.maxMs')], values);
    expect(result).to.deep.include({ expected: 400, expectedMeasure: 'requests.maxMs', passed: true });
  });

  it('fail where the run gave no value, on either side', () => {
    const results = evaluate(
      [expectation('reaction.maxMs', 'atMost', '10 s'), expectation('requests.failed', 'below', 'reaction.maxMs')],
      values,
    );
    expect(results.map(({ actual, expected, passed }) => [actual, expected, passed])).to.deep.equal([
      [null, 10_000, false],
      [0, null, false],
    ]);
  });

  it('name an unknown measure with its place and the nearest names', () => {
    const errors = checkExpectations([expectation('request.p95Ms', 'below', '100', 12)], measureNames(['calm']));
    expect(errors).to.have.length(1);
    expect(errors[0]).to.include({ code: 'unknown-measure' });
    expect(errors[0]?.place).to.deep.equal({ file: 'test.scenario.xml', line: 12, column: 5 });
    expect(errors[0]?.message).to.include('"request.p95Ms"').and.include('Did you mean "requests.p95Ms"?');
  });

  it('list what there is where no name is near', () => {
    const [error] = checkExpectations([expectation('happiness', 'above', '1')], ['requests.total', 'requests.failed']);
    expect(error?.message).to.include('There are: requests.total, requests.failed.');
  });

  it('report everything that is wrong at once', () => {
    const wrong = [
      expectation('nonsense', 'equals', '1'),
      expectation('requests.failed', 'equals', '5 parsecs'),
      expectation('requests.failed', 'equals', 'requests.fail'),
    ];
    const codes = checkExpectations(wrong, measureNames([])).map((error) => error.code);
    expect(codes).to.deep.equal(['unknown-measure', 'value', 'unknown-measure']);
  });

  it('throw the first error when evaluated all the same', () => {
    try {
      evaluate([expectation('nonsense', 'equals', '1')], values);
      expect.fail('should have thrown');
    } catch (error) {
      expect(AttituneError.is(error, 'unknown-measure')).to.equal(true);
    }
  });
});

describe('the report of a run', () => {
  const record = run({ requests: [request(1, 10), request(11, 20)], migrations: [migration(12)] });

  it('passes where every expectation holds, and survives JSON unchanged', () => {
    const scenario = {
      name: 'web',
      expectations: [expectation('requests.failed', 'equals', '0'), expectation('migrations.count', 'atLeast', '1')],
    };
    const report = buildReport(scenario, 'simulated', record);
    expect(report.passed).to.equal(true);
    expect(JSON.parse(JSON.stringify(report))).to.deep.equal(report);
    expect(report.requests).to.include({ total: 2, failed: 0, p50Ms: 10, p95Ms: 20, maxMs: 20 });
    expect(report.migrations[0]).to.include({
      vm: 'Machine_1',
      from: 'host1',
      to: 'host2',
      elapsedMs: 3000,
      downtimeMs: 40,
    });
  });

  it('does not pass where one fails', () => {
    const scenario = {
      name: 'web',
      expectations: [expectation('requests.failed', 'equals', '0'), expectation('migrations.back', 'atLeast', '1')],
    };
    expect(buildReport(scenario, 'lab', record).passed).to.equal(false);
  });

  it('compare texts word by word, in whatever order, and only by equals', () => {
    const places = { 'vms.hp1.names': 'okvm1 okvm2', 'vms.hp2.names': '', 'role.hp1': NaN };
    const results = evaluate(
      [
        expectation('vms.hp1.names', 'equals', ' okvm2  okvm1'),
        expectation('vms.hp1.names', 'equals', 'okvm1'),
        expectation('vms.hp2.names', 'equals', ''),
        expectation('role.hp1', 'equals', 'idle'),
      ],
      places,
    );
    expect(results.map(({ passed }) => passed)).to.deep.equal([true, false, true, false]);
    expect(results[1]).to.include({ expected: 'okvm1', actual: 'okvm1 okvm2' });
    expect(results[3]).to.include({ actual: null });
    const [wrong] = checkExpectations([expectation('vms.hp1.names', 'atMost', '3')], measureNames([], ['hp1']));
    expect(wrong?.message).to.equal('vms.hp1.names is a text: compare it by equals="…".');
    const [unknown] = checkExpectations([expectation('vms.hp5.count', 'equals', '1')], measureNames([], ['hp1']));
    expect(unknown?.code).to.equal('unknown-measure');
  });
});
