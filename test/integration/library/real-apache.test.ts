import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { composeManager, pluginsFor } from '../../../core/app/composition.js';
import { loadDeployment } from '../../../core/app/load-files.js';
import { asset } from '../../../core/assets/package-root.js';
import type { SessionSnapshot } from '../../../core/model/bus.js';
import { SystemClock } from '../../../core/model/clock.js';
import { HttpLoadGenerator } from '../../../wrappers/http/http-load-generator.js';
import { LocalInfrastructure } from '../../../wrappers/hosts/index.js';
import { outcomeOf } from '../../support/library-world.js';
import { skipUnless } from '../../support/skip.js';
import { freePort } from '../../support/ports.js';

describe('library: rolling-update behind the real Apache', function () {
  this.timeout(90_000);
  let folder: string;

  before(function () {
    skipUnless(this, { programs: { '/usr/sbin/apache2': 'apache2' } });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-library-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('updates both servers under load, and no request is dropped', async () => {
    const [port, ...ports] = [await freePort(), await freePort(), await freePort()];
    const set = [
      { name: 'folder', value: folder },
      { name: 'port', value: String(port) },
    ];
    const { loaded, errors } = loadDeployment(asset('test/fixtures/library/hello.deployment.xml'), pluginsFor, set);
    if (!loaded) throw new AggregateError(errors, errors.map(String).join('\n'));
    const load = new HttpLoadGenerator();
    const infrastructure = new LocalInfrastructure({ clock: new SystemClock(), load });
    const { manager, bus } = composeManager(loaded, infrastructure, (error) => {
      throw error;
    });
    const givePorts = bus.subscribe('system', () => {
      manager.system.instances('Hello').forEach((server, index) => server.setAttribute('port', String(ports[index])));
    });
    try {
      await manager.deploy({ signal: new AbortController().signal, onProgress: () => undefined });
      givePorts.unsubscribe();
      const url = `http://127.0.0.1:${port}/`;
      const phases = [{ name: 'steady', durationMs: 60_000, requestsPerSecond: 60 }];
      const run = load.start({ url, phases, timeoutMs: 5000 });
      const ended = new Promise<SessionSnapshot>((resolve) => {
        bus.subscribe('session', (session) => {
          if (session.diagram === 'rolling-update' && session.status !== 'running') resolve(session);
        });
      });
      manager.events.raise({ name: 'operator.update', component: 'Apache_1', why: 'a test' });
      expect(outcomeOf(await ended)).to.equal('updated');
      const answers = new Set(await Promise.all([1, 2, 3, 4].map(async () => (await fetch(url)).text())));
      run.stop();
      await run.done;
      expect(answers).to.deep.equal(new Set(['new']));
      // how many there are depends on how fast the update is; that there were some during it is what counts
      expect(run.samples.length).to.be.greaterThan(20);
      expect(run.samples.filter(({ failure }) => failure !== undefined)).to.deep.equal([]);
    } finally {
      await manager.undeploy();
    }
  });
});
