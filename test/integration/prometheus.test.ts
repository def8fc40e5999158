import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import { IntakeServer } from '../../core/intake/intake-server.js';
import { AttituneError } from '../../core/model/errors.js';
import { PrometheusProbe } from '../../probes/prometheus.probe.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { eventually } from '../support/eventually.js';
import {
  PROMETHEUS_PROGRAMS,
  startExporter,
  startPrometheus,
  type PrivateServer,
} from '../support/private-prometheus.js';
import { skipUnless } from '../support/skip.js';
import { intakeWorld } from '../unit/intake/world.js';
import { host, patient, target } from '../unit/probes/world.js';

describe('a real Prometheus and node_exporter', function () {
  this.timeout(60_000);
  const http = new UndiciHttpClient();
  const clock = new SystemClock();
  const world = intakeWorld(clock);
  const started: { stop(): Promise<unknown> }[] = [];
  let exporter: PrivateServer;
  let prometheus: PrivateServer;

  before(async function () {
    skipUnless(this, { programs: PROMETHEUS_PROGRAMS });
    const intake = new IntakeServer(world.intake, { kind: 'tcp', address: { host: '127.0.0.1', port: 0 } }, clock);
    started.push(intake);
    const { at } = await intake.start();
    exporter = await startExporter();
    started.push(exporter);
    prometheus = await startPrometheus([new URL(exporter.url).host, new URL(at).host]);
    started.push(prometheus);
  });
  after(async () => {
    await Promise.all(started.map((one) => one.stop()));
    await http.close();
    await world.close();
  });

  function instance(parameters: Readonly<Record<string, string>>) {
    const probe = new PrometheusProbe();
    probe.check(parameters, { file: 'x', line: 1, column: 1 });
    return probe.attach({ ...target({ host: () => host('here'), clock, parameters }), http });
  }

  it('an endpoint: gauges, counters as rates, several series combined', async () => {
    const url = `${exporter.url}/metrics`;
    expect(await instance({ url, metric: 'node_load1' }).read(patient)).to.be.at.least(0);
    const cpus = await instance({ url, metric: 'node_cpu_seconds_total', labels: "mode='idle'", combine: 'sum' }).read(
      patient,
    );
    expect(cpus).to.be.greaterThan(0);
    const rate = instance({ url, metric: 'node_cpu_seconds_total', as: 'rate', combine: 'sum' });
    expect(await rate.read(patient)).to.equal(undefined);
    const found = await eventually(() => rate.read(patient), 10_000, 'a rate');
    expect(found).to.be.greaterThan(0);
    const missing = await instance({ url, metric: 'node_lood1' })
      .read(patient)
      .catch((error: unknown) => error as Error);
    expect(String(missing)).to.include('Did you mean "node_load1"?');
  });

  it('a server: a query of what it scraped, and what is refused', async () => {
    const server = prometheus.url;
    const query = `node_load1{instance="${new URL(exporter.url).host}"}`;
    const value = await eventually(
      async () => ((await instance({ server, query }).read(patient)) ?? 0) >= 0,
      20_000,
      'a sample of node_exporter',
    );
    expect(value).to.equal(true);
    const both = async () => (await instance({ server, query: 'sum(up)' }).read(patient)) === 2;
    expect(await eventually(both, 20_000, 'both targets in Prometheus')).to.equal(true);
    expect(await instance({ server, query: '3 * 2' }).read(patient)).to.equal(6);
    const FAULTS: Readonly<Record<string, string>> = {
      'up{': 'refuses the query',
      no_such_metric: 'has no sample',
      up: 'has 2 series',
      'up[1m]': 'gives a matrix',
      '0/0': 'no finite number',
    };
    for (const [wrong, expected] of Object.entries(FAULTS)) {
      const error = await instance({ server, query: wrong })
        .read(patient)
        .catch((reason: unknown) => reason);
      expect(error, wrong).to.be.instanceOf(AttituneError);
      expect((error as Error).message, wrong).to.include(expected);
    }
  });

  it('does not take what is stale for new', async () => {
    const server = prometheus.url;
    // the time of the sample, not of the query: it is scraped each second, so that it is older than a millisecond
    const error = await eventually(
      () =>
        instance({ server, query: 'node_load5', stale: '1 ms' })
          .read(patient)
          .catch((reason: unknown) => reason),
      10_000,
      'an answer',
    );
    expect(String(error)).to.include('and stale after 0.001 s');
  });

  it('scrapes our own readings', async () => {
    const now = clock.now();
    world.bus.publish('reading', {
      ...{ probe: 'waiting', measure: 'command', component: 'Worker_1', unit: 'jobs' },
      ...{ value: 42, at: now, durationMs: 3 },
    });
    const query = 'attitune_reading{probe="waiting",component="Worker_1",unit="jobs"}';
    const probe = instance({ server: prometheus.url, query });
    const value = await eventually(() => probe.read(patient), 15_000, 'our reading in Prometheus');
    expect(value).to.equal(42);
  });
});
