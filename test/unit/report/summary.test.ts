import { expect } from 'chai';
import fc from 'fast-check';
import { figures, percentile, summarise } from '../../../core/app/report/summary.js';
import { PHASES, request } from './fixture.js';

describe('percentile', () => {
  it('takes the nearest rank', () => {
    const sorted = [15, 20, 35, 40, 50];
    expect([0.05, 0.3, 0.4, 0.5, 1].map((fraction) => percentile(sorted, fraction))).to.deep.equal([
      15, 20, 20, 35, 50,
    ]);
  });

  it('has no value for no values', () => {
    expect(percentile([], 0.5)).to.equal(undefined);
  });

  it('is a value below or at which at least that share of the values lies, and no smaller one is', () => {
    const values = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.double({ min: 0.01, max: 1, noNaN: true }), (numbers, fraction) => {
        const sorted = [...numbers].sort((a, b) => a - b);
        const value = percentile(sorted, fraction)!;
        expect(sorted).to.include(value);
        expect(sorted.filter((number) => number <= value).length).to.be.at.least(fraction * sorted.length - 1e-9);
        expect(sorted.filter((number) => number < value).length).to.be.below(fraction * sorted.length + 1e-9);
      }),
    );
  });
});

describe('the summary of requests', () => {
  it('counts failed requests and leaves them out of the times', () => {
    const samples = [request(1, 10), request(2, 20), request(3, 9999, { failure: 'timeout' })];
    expect(figures(samples)).to.deep.equal({ total: 3, failed: 1, p50Ms: 10, p95Ms: 20, maxMs: 20 });
  });

  it('has no times where nothing was answered', () => {
    const samples = [request(1, 5, { failure: 'ECONNREFUSED' })];
    expect(figures(samples)).to.deep.equal({ total: 1, failed: 1, p50Ms: null, p95Ms: null, maxMs: null });
    expect(figures([])).to.deep.equal({ total: 0, failed: 0, p50Ms: null, p95Ms: null, maxMs: null });
  });

  it('groups by phase in the order of the scenario, empty phases too', () => {
    const summary = summarise([request(12, 30), request(1, 10), request(13, 40)], [...PHASES, { name: 'late' }]);
    expect(summary.phases.map(({ name, total, maxMs }) => [name, total, maxMs])).to.deep.equal([
      ['calm', 1, 10],
      ['rush', 2, 40],
      ['late', 0, null],
    ]);
  });

  it('counts answered requests by back end, idle ones as 0', () => {
    const samples = [
      request(1, 10, { worker: 'tomcat_2' }),
      request(2, 10, { worker: 'tomcat_1' }),
      request(3, 10, { worker: 'tomcat_1', failure: 'status 503' }),
      request(4, 10),
    ];
    expect(summarise(samples, [], ['tomcat_3']).workers).to.deep.equal({ tomcat_1: 1, tomcat_2: 1, tomcat_3: 0 });
  });
});
