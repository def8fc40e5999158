import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import type { Wrapper } from '../../core/model/wrapper.js';
import { BusyThreadsProbe } from '../../probes/busy-threads.probe.js';
import { UndiciHttpClient } from '../../wrappers/http/undici-http-client.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { WrapperLibrary } from '../../wrappers/language/wrapper-library.js';
import { eventually } from '../support/eventually.js';
import { caller, instance, localSystem } from '../support/local-system.js';
import { skipUnless } from '../support/skip.js';
import { freePort } from '../support/ports.js';

describe('the tomcat wrapper with the real Tomcat', function () {
  this.timeout(120_000);
  const wrapper = new WrapperLibrary().get('tomcat') as Wrapper;
  let folder: string;
  let parts: ReturnType<typeof localSystem> | undefined;

  before(function () {
    skipUnless(this, {
      programs: { '/usr/share/tomcat10/bin/catalina.sh': 'tomcat10', java: 'openjdk-17-jre-headless' },
    });
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-tomcat-'));
  });
  afterEach(async () => {
    await parts?.close();
    await rm(folder, { recursive: true, force: true });
  });

  function tomcat(port: number, more: Readonly<Record<string, string>> = {}) {
    parts = localSystem(
      [{ name: 'Tomcat', wrapper: 'tomcat', attributes: { port: String(port), folder, ...more } }],
      [],
      [wrapper],
    );
    const component = instance(parts.system, 'Tomcat');
    return { component, ...caller(parts.system, parts.infrastructure, component, wrapper) };
  }

  it('configures, starts, is ready, answers, and stops', async () => {
    const port = await freePort();
    const { component, call } = tomcat(port);
    try {
      expect(await call('configure')).to.include({ changed: true });
      expect(await call('configure')).to.include({ changed: false });
      await call('start');
      await call('ready');
      const page = await fetch(`http://127.0.0.1:${port}/`);
      expect(page.status).to.equal(200);
      expect(page.headers.get('content-type')).to.match(/^text\/html/);
      expect(await page.text()).to.include('<h1>Tomcat_1</h1>');
    } finally {
      const pid = Number(component.attributes.get('pid'));
      await call('stop');
      if (pid) expect(await new LocalExecutor({ node: 'here' }).isRunning(pid)).to.equal(false);
    }
    expect(component.attributes.has('pid')).to.equal(false);
  });

  it('tells how many of its threads are busy, also when all are, and nothing else', async () => {
    const [port, statusPort] = [await freePort(), await freePort()];
    const { component, call } = tomcat(port, { statusPort: String(statusPort), maxThreads: '4' });
    const http = new UndiciHttpClient();
    const open: Socket[] = [];
    const busy = (parameters: Readonly<Record<string, string>>) => {
      const host = () => ({ address: '127.0.0.1' }) as HostAccess;
      const target = { component, host, domain: () => undefined, parameters, clock: new SystemClock(), http };
      return new BusyThreadsProbe().attach(target).read(new AbortController().signal);
    };
    try {
      await call('configure');
      await call('start');
      await call('ready');
      expect(await busy({})).to.equal(0);
      expect(await busy({ port: String(port) })).to.equal(0);
      // requests whose bodies never come each hold a thread, once they are read
      for (let count = 0; count < 3; count += 1) open.push(await unfinished(port));
      await eventually(async () => (await busy({})) === 3, 10_000, 'three threads are busy');
      expect(await busy({ as: 'share' })).to.equal(0.75);
      for (let count = 0; count < 3; count += 1) open.push(await unfinished(port));
      await eventually(async () => (await busy({})) === 4, 10_000, 'all threads are busy');
      expect(await busy({ as: 'share' })).to.equal(1);
      for (const query of [
        '',
        '?qry=*:*',
        '?get=java.lang:type=Runtime&att=SystemProperties',
        `?set=Catalina:type=ThreadPool,name=%22http-nio-${port}%22&att=maxThreads&val=1`,
        `?get=Catalina:type=ThreadPool,name=%22http-nio-${port}%22&att=currentThreadsBusy&set=x`,
      ]) {
        const { status } = await fetch(`http://127.0.0.1:${statusPort}/attitune/status${query}`);
        expect(status, query).to.equal(403);
      }
    } finally {
      for (const socket of open) socket.destroy();
      await http.close();
      await call('stop');
    }
  });

  it('tells of an occupied port instead of waiting for it', async () => {
    const taken = createServer((socket) => socket.destroy());
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, () => resolve((taken.address() as AddressInfo).port)),
    );
    const { call } = tomcat(port);
    try {
      await call('configure');
      const error = await call('start').catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'port-in-use');
    } finally {
      await call('stop');
      await new Promise((resolve) => taken.close(resolve));
    }
  });

  it('tells why Tomcat does not come up, as soon as it ends', async () => {
    const { call } = tomcat(await freePort());
    try {
      await call('configure');
      await writeFile(join(folder, 'Tomcat_1/conf/server.xml'), '<Server port="-1"><Service');
      const error = await call('start')
        .then(() => call('ready'))
        .catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'operation-failed');
      expect((error as Error).message).to.match(/^Tomcat_1\.\w+: .* ended by itself on here.*server\.xml/s);
      expect((error as Error).message).not.to.match(/\n\s+at /);
    } finally {
      await call('stop');
    }
  });
});

/** A request of which a part is missing: Tomcat waits for the rest of a form that is to be read into parameters. */
async function unfinished(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(
    'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\na=',
  );
  return socket;
}
