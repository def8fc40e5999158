import { expect } from 'chai';
import { Component } from '../../../core/model/component.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { HttpClient } from '../../../core/model/executor.js';
import { BusyThreadsProbe } from '../../../probes/busy-threads.probe.js';
import { parseBean } from '../../../probes/sources/tomcat-status.js';
import { libraryWorld } from '../../support/library-world.js';
import { host, patient, target } from './world.js';

const PLACE = { file: 'x', line: 1, column: 1 };

type Texts = Readonly<Record<string, string>>;

/** Reads once of a Tomcat with these attributes that answers so; also what was asked for. */
async function read(
  parameters: Texts,
  attributes: Texts,
  answers: Readonly<Record<string, number | string>>,
  status = 200,
) {
  const asked: string[] = [];
  const http: HttpClient = {
    get: (url) => {
      asked.push(url);
      const attribute = /att=(\w+)$/.exec(url)?.[1] ?? '';
      const value = answers[attribute];
      const body =
        typeof value === 'number' ? `OK - Attribute get 'bean' - ${attribute} = ${value}\r\n` : (value ?? '');
      return Promise.resolve({ status, body, elapsedMs: 1 });
    },
  };
  const component = new Component({ name: 'Tomcat_1', className: 'Tomcat', kind: 'software', attributes });
  const probe = new BusyThreadsProbe();
  probe.check(parameters, PLACE);
  const value = await probe
    .attach({ ...target({ host: () => host('host1'), component, parameters }), http })
    .read(patient);
  return { value, asked };
}

async function fault(reading: Promise<unknown>): Promise<string> {
  const error = await reading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(AttituneError);
  return `${(error as AttituneError).code}: ${(error as AttituneError).message}`;
}

describe('busy-threads probe', () => {
  const OWN = { address: '10.0.0.7', port: '8080', statusPort: '' };
  const APART = { ...OWN, statusPort: '8089' };

  it('asks for the pool of the serving connector, and does not count the thread that answers', async () => {
    const { value, asked } = await read({}, OWN, { currentThreadsBusy: 4 });
    expect(value).to.equal(3);
    expect(asked).to.deep.equal([
      'http://10.0.0.7:8080/attitune/status?get=Catalina:type=ThreadPool,name=%22http-nio-8080%22&att=currentThreadsBusy',
    ]);
    const apart = await read({}, APART, { currentThreadsBusy: 4 });
    expect(apart.value).to.equal(4);
    expect(apart.asked[0]).to.match(/^http:\/\/10\.0\.0\.7:8089\/.*http-nio-8080/);
  });

  it('tells the share of all threads', async () => {
    expect((await read({ as: 'share' }, APART, { currentThreadsBusy: 30, maxThreads: 100 })).value).to.equal(0.3);
    expect((await read({ as: 'share' }, OWN, { currentThreadsBusy: 1, maxThreads: 1 })).value).to.equal(undefined);
    expect(new BusyThreadsProbe().unitOf({ as: 'share' })).to.equal('ratio');
    expect(new BusyThreadsProbe().unitOf({})).to.equal('threads');
  });

  it('has no value where Tomcat does not tell: never 0', async () => {
    expect(await fault(read({}, OWN, {}, 404))).to.match(/operation-failed: .*status 404\. Configure and restart it/);
    expect(await fault(read({}, OWN, {}, 503))).to.match(/operation-failed: .*status 503\.$/);
    expect(await fault(read({}, OWN, { currentThreadsBusy: 'Error - no such bean' }))).to.match(
      /value: .*"Error - no such/,
    );
    expect(await fault(read({ as: 'half' }, OWN, {}))).to.match(/"half" is none of threads, share/);
    expect(() => parseBean('OK - Attribute get x - maxThreads = many', 'maxThreads', 'u')).to.throw(AttituneError);
  });

  it('reads the simulated Tomcat too: more threads are busy the more it has to do', async () => {
    const world = libraryWorld();
    await world.deploy();
    const component = world.system.component('Tomcat_1');
    const reading = () => {
      const { http, clock } = world.infrastructure;
      const parts = target({ host: () => world.infrastructure.host('host1'), component, parameters: {} });
      const busy = new BusyThreadsProbe().attach({ ...parts, http, clock, domain: () => 'Machine_1' });
      return world.clock.runUntil(busy.read(patient));
    };
    expect(await reading()).to.equal(0);
    const load = world.load(440);
    const loaded: number[] = [];
    for (let look = 0; look < 20; look += 1) {
      await world.pass(500);
      loaded.push((await reading()) ?? 0);
    }
    load.stop();
    expect(Math.max(...loaded)).to.be.greaterThan(1);
  });
});
