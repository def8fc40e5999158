import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Wrapper } from '../../core/model/wrapper.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { WrapperLibrary } from '../../wrappers/language/wrapper-library.js';
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

  function tomcat(port: number) {
    parts = localSystem(
      [{ name: 'Tomcat', wrapper: 'tomcat', attributes: { port: String(port), folder } }],
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
