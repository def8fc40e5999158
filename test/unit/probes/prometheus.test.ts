import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { asset } from '../../../core/assets/package-root.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { PrometheusProbe } from '../../../probes/prometheus.probe.js';
import { labelSelector } from '../../../probes/sources/label-selector.js';
import { metricsOf, samplesOf } from '../../../probes/sources/prometheus-text.js';
import { host, patient, target } from './world.js';

const PLACE = { file: 'x', line: 1, column: 1 };
const EXPORTER = readFileSync(asset('test/fixtures/probes/node-exporter.txt'), 'utf8');

describe("Prometheus' text format", () => {
  it('of node_exporter: every series under its own name', () => {
    expect(samplesOf(EXPORTER, 'node_load1')).to.have.length(1);
    expect(samplesOf(EXPORTER, 'node_cpu_seconds_total').filter(({ labels }) => labels['mode'] === 'idle')).to.not.be
      .empty;
    expect(samplesOf(EXPORTER, 'go_gc_duration_seconds_count')).to.have.length(1);
    expect(samplesOf(EXPORTER, 'go_gc_duration_seconds').map(({ labels }) => labels['quantile'])).to.include('0.5');
    const names = metricsOf(EXPORTER);
    expect(names.length).to.be.greaterThan(60);
    const lines = EXPORTER.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    expect(names.reduce((sum, name) => sum + samplesOf(EXPORTER, name).length, 0)).to.equal(lines.length);
  });

  it('with labels, escapes, times, infinities and exemplars', () => {
    const text = [
      '# TYPE a counter',
      'a{x="1",y="q\\"u,}\\n\\\\"} 3 1700000000000',
      'a {x = "2" , } 4e+01',
      'a_total 9',
      'a +Inf',
      'a NaN',
      'a{x="3"} 1 # {trace="z"} 0.5',
    ].join('\n');
    expect(samplesOf(text, 'a').slice(0, 1)).to.deep.equal([
      { name: 'a', labels: { x: '1', y: 'q"u,}\n\\' }, value: 3, at: 1_700_000_000_000 },
    ]);
    expect(samplesOf(text, 'a').map(({ value }) => value)).to.deep.equal([3, 40, Infinity, NaN, 1]);
    expect(samplesOf('b 1 1700000000.5\n# EOF\n', 'b')[0]?.at).to.equal(1_700_000_000_500);
  });

  it('is told where a line is none', () => {
    for (const line of ['a', 'a x', 'a{x="1" 3', 'a{x=1} 3', 'a{x="1"}3 4 5 6', 'a 1 now', 'a 0x1g'])
      expect(() => samplesOf(line, 'a'), line).to.throw(AttituneError, 'no sample');
  });
});

describe('label selectors', () => {
  it('are those of Prometheus', () => {
    const labels = { queue: 'mail', device: 'sda' };
    const HOLDS: Readonly<Record<string, boolean>> = {
      '': true,
      'queue="mail"': true,
      "queue='mail', device=~'sd.'": true,
      'queue!="mail"': false,
      'device!~"sd."': false,
      'device=~"s"': false,
      'absent=""': true,
      'absent!=""': false,
    };
    for (const [text, expected] of Object.entries(HOLDS)) expect(labelSelector(text)(labels), text).to.equal(expected);
    for (const text of ['queue', 'queue=mail', 'queue="mail" device="x"', 'q=~"("'])
      expect(() => labelSelector(text), text).to.throw(AttituneError);
  });
});

function world(parameters: Readonly<Record<string, string>>) {
  const probe = new PrometheusProbe();
  probe.check(parameters, PLACE);
  const clock = new SimulatedClock(1_700_000_000_000);
  const answers = { status: 200, body: '', times: '' };
  const asked: string[] = [];
  const respond = (url: string) => {
    asked.push(url);
    const body = url.includes('timestamp(') ? answers.times : answers.body;
    return Promise.resolve({ status: answers.status, body, elapsedMs: 1 });
  };
  const instance = probe.attach(target({ host: () => host('here'), clock, parameters, respond }));
  const fault = async () => ((await instance.read(patient).catch((reason: unknown) => reason)) as Error).message;
  return { clock, answers, asked, read: () => instance.read(patient), fault };
}

describe('prometheus probe, of an endpoint', () => {
  const url = 'http://h:9100/metrics';

  it('is the value of a series, or of several combined', async () => {
    const one = world({ metric: 'jobs', port: '9100' });
    one.answers.body = 'jobs 4\n';
    expect(await one.read()).to.equal(4);
    expect(one.asked).to.deep.equal(['http://10.0.0.1:9100/metrics']);
    for (const [combine, expected] of [
      ['sum', 9],
      ['avg', 4.5],
      ['max', 5],
      ['min', 4],
    ] as const) {
      const several = world({ metric: 'jobs', url, combine });
      several.answers.body = 'jobs{q="a"} 4\njobs{q="b"} 5\n';
      expect(await several.read(), combine).to.equal(expected);
    }
  });

  it('as a rate: of each series, over restarts', async () => {
    const { clock, answers, read } = world({ metric: 'done_total', url, as: 'rate', combine: 'sum' });
    answers.body = 'done_total{w="1"} 100\ndone_total{w="2"} 10\n';
    expect(await read()).to.equal(undefined);
    await clock.advance(10_000);
    // the second worker was started anew, a third one is not known from before
    answers.body = 'done_total{w="1"} 120\ndone_total{w="2"} 5\ndone_total{w="3"} 999\n';
    expect(await read()).to.equal(2.5);
    expect(await read()).to.equal(undefined);
  });

  it('tells why there is no reading', async () => {
    const FAULTS: readonly (readonly [string, string, Readonly<Record<string, string>>?])[] = [
      ['jobs{q="a"} 4\njobs{q="b"} 5\n', 'has 2 series'],
      ['jobz 4\n', 'has no metric "jobs". Did you mean "jobz"?'],
      ['jobs NaN\n', 'no finite number'],
      ['jobs +Inf\n', 'no finite number'],
      ['jobs ?\n', 'no sample'],
      ['jobs 4 1699999000000\n', 'is 1000 s old'],
      ['jobs 4 1800000000000\n', 'of a time to come'],
      ['jobs{q="a"} 4\n', "no series of jobs with q='b'", { labels: "q='b'" }],
      ['<html>', 'has no metric'],
    ];
    for (const [body, expected, more] of FAULTS) {
      const { answers, fault } = world({ metric: 'jobs', url, ...more });
      answers.body = body;
      expect(await fault(), body).to.include(expected);
    }
    const { answers, fault } = world({ metric: 'jobs', url });
    answers.status = 503;
    expect(await fault()).to.include('answered with status 503');
  });
});

describe('prometheus probe, of a server', () => {
  const vector = (...values: readonly string[]) =>
    JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1_700_000_000, value] })) },
    });
  const parameters = { server: 'http://prometheus:9090/', query: 'up{job="$srname"}' };

  it('asks for the value and its time', async () => {
    const { answers, asked, read } = world(parameters);
    answers.body = vector('1');
    answers.times = vector('1699999990');
    expect(await read()).to.equal(1);
    expect(asked.map((one) => decodeURIComponent(one))).to.deep.equal([
      'http://prometheus:9090/api/v1/query?query=up{job="host1"}',
      'http://prometheus:9090/api/v1/query?query=timestamp(up{job="host1"})',
    ]);
  });

  it('has no reading of what is stale, nothing, or no number', async () => {
    const fresh = vector('1699999990');
    const FAULTS: readonly (readonly [string, string, string])[] = [
      [vector('1'), vector('1699999900'), 'is 100 s old, and stale after 60 s'],
      [vector(), vector(), 'has no sample'],
      [vector('NaN'), fresh, 'no finite number'],
      [vector('1', '2'), fresh, 'has 2 series'],
      ['{"status":"error","errorType":"bad_data","error":"parse error"}', fresh, 'refuses the query: parse error'],
      ['{"status":"success","data":{"resultType":"matrix","result":[]}}', fresh, 'gives a matrix'],
      ['<html>', fresh, 'no answer of Prometheus'],
      ['{"status":"success","data":{"resultType":"vector","result":[{}]}}', fresh, 'no answer of Prometheus'],
    ];
    for (const [body, times, expected] of FAULTS) {
      const { answers, fault } = world(parameters);
      Object.assign(answers, { body, times });
      expect(await fault(), body).to.include(expected);
    }
  });

  it('refuses wrong parameters', () => {
    const WRONG: readonly Readonly<Record<string, string>>[] = [
      {},
      { url: 'http://h/' },
      { metric: 'a b' },
      { url: 'ftp://h/', metric: 'x' },
      { url: 'h:9100', metric: 'x' },
      { url: 'http://h/', port: '80', metric: 'x' },
      { metric: 'x', as: 'delta' },
      { metric: 'x', combine: 'median' },
      { metric: 'x', labels: 'q' },
      { metric: 'x', stale: '0 s' },
      { server: 'http://p' },
      { query: 'up' },
      { server: 'p', query: 'up' },
      { server: 'http://p', query: 'up', metric: 'x' },
    ];
    for (const wrong of WRONG)
      expect(() => new PrometheusProbe().check(wrong, PLACE), JSON.stringify(wrong)).to.throw(AttituneError);
  });
});
