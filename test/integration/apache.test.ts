import { chown, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, get, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Component } from '../../core/model/component.js';
import type { Wrapper } from '../../core/model/wrapper.js';
import { HttpLoadGenerator } from '../../wrappers/http/http-load-generator.js';
import { LocalExecutor } from '../../wrappers/language/executors/local.js';
import { WrapperLibrary } from '../../wrappers/language/wrapper-library.js';
import { caller, instance, localSystem } from '../support/local-system.js';
import { skipUnless } from '../support/skip.js';
import { freePort } from '../support/ports.js';

/** A back end that takes its time, and tells how many requests it is serving and has served. */
class BackEnd {
  served = 0;
  running = 0;
  readonly server: Server = createServer((_request, response) => {
    this.running += 1;
    setTimeout(() => {
      this.running -= 1;
      this.served += 1;
      response.end('ok');
    }, 15);
  });
  constructor() {
    this.server.keepAliveTimeout = 60_000;
  }
  listen(port = 0): Promise<number> {
    return new Promise((resolve) =>
      this.server.listen(port, '127.0.0.1', () => resolve((this.server.address() as AddressInfo).port)),
    );
  }
  close(): Promise<unknown> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}

/** One request after the other, each over a connection of its own, none ever repeated. */
class PlainClient {
  answered = 0;
  readonly failures: string[] = [];
  readonly #done: Promise<void>;
  #stopped = false;
  constructor(url: string) {
    this.#done = this.#run(url);
  }
  async #run(url: string): Promise<void> {
    while (!this.#stopped) {
      const failure = await new Promise<string | undefined>((resolve) => {
        get(url, { agent: false }, (response) => {
          response
            .resume()
            .once('end', () => resolve(response.statusCode === 200 ? undefined : `HTTP ${response.statusCode}`));
        }).once('error', (error) => resolve(error.message));
      });
      if (failure === undefined) this.answered += 1;
      else this.failures.push(failure);
    }
  }
  stop(): Promise<void> {
    this.#stopped = true;
    return this.#done;
  }
}

describe('the apache wrapper with the real Apache', function () {
  this.timeout(60_000);
  const wrapper = new WrapperLibrary().get('apache') as Wrapper;
  let folder: string;
  let parts: ReturnType<typeof localSystem>;
  let apache: Component;
  let members: Component[];
  let backEnds: BackEnd[];
  let port: number;
  let call: ReturnType<typeof caller>['call'];

  before(function () {
    skipUnless(this, { programs: { '/usr/sbin/apache2': 'apache2' } });
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-apache-'));
    port = await freePort();
    parts = localSystem(
      [
        { name: 'Apache', wrapper: 'apache', attributes: { port: String(port), folder } },
        { name: 'Member', wrapper: 'member' },
      ],
      [{ name: 'workers', from: 'Apache', to: 'Member' }],
      [wrapper],
    );
    apache = instance(parts.system, 'Apache');
    backEnds = [new BackEnd(), new BackEnd()];
    members = [];
    for (const backEnd of backEnds) {
      const member = instance(parts.system, 'Member');
      member.setAttribute('port', String(await backEnd.listen()));
      apache.bind('workers', member);
      members.push(member);
    }
    ({ call } = caller(parts.system, parts.infrastructure, apache, wrapper));
  });

  afterEach(async () => {
    await call('stop');
    await Promise.all(backEnds.map((backEnd) => backEnd.close()));
    await parts.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function up(): Promise<void> {
    await call('configure');
    await call('start');
    await call('ready');
  }

  it('says whether configure changed anything, starts once, and stops', async () => {
    expect(await call('configure')).to.include({ changed: true });
    expect(await call('configure')).to.include({ changed: false });
    expect(await call('start')).to.include({ changed: true });
    expect(await call('start')).to.include({ changed: false });
    await call('ready');
    const pid = Number(apache.attribute('pid'));
    expect(await call('stop')).to.deep.equal({ changed: true });
    expect(await new LocalExecutor({ node: 'here' }).isRunning(pid)).to.equal(false);
    expect(await call('stop')).to.deep.equal({ changed: false });
  });

  it('balances over both members and names the one that answered', async () => {
    await up();
    const seen = new Set<string | null>();
    for (let i = 0; i < 6; i += 1) seen.add((await fetch(`http://127.0.0.1:${port}/`)).headers.get('x-worker'));
    expect([...seen].sort()).to.deep.equal(['Member_1', 'Member_2']);
  });

  it('drops no request while a member leaves and comes back under load', async () => {
    await up();
    const run = new HttpLoadGenerator({ connections: 64 }).start({
      url: `http://127.0.0.1:${port}/`,
      phases: [{ name: 'steady', durationMs: 6000, requestsPerSecond: 150 }],
      timeoutMs: 5000,
    });
    const plain = new PlainClient(`http://127.0.0.1:${port}/`);
    const [backEnd, member] = [backEnds[1] as BackEnd, members[1] as Component];
    const address = Number(member.attribute('port'));
    await pause(1000);
    apache.unbind('workers', member);
    expect(await call('configure')).to.include({ changed: true });
    await call('reload');
    expect(backEnd.running, 'requests at the member once it is out').to.equal(0);
    await backEnd.close(); // nothing may need it now
    const servedBefore = backEnd.served;
    await pause(1000);
    backEnds[1] = new BackEnd();
    await backEnds[1].listen(address);
    apache.bind('workers', member);
    await call('configure');
    await call('reload');
    await run.done;
    await plain.stop();
    expect(run.samples.filter((sample) => sample.failure !== undefined)).to.deep.equal([]);
    expect(run.samples).to.have.length(900);
    expect(plain.failures).to.deep.equal([]);
    expect(plain.answered).to.be.greaterThan(50);
    expect(servedBefore).to.be.greaterThan(20);
    expect(backEnds[1].served).to.be.greaterThan(20);
  });

  it('takes one member out of service and back without dropping a request', async () => {
    await up();
    const run = new HttpLoadGenerator({ connections: 64 }).start({
      url: `http://127.0.0.1:${port}/`,
      phases: [{ name: 'steady', durationMs: 4000, requestsPerSecond: 150 }],
      timeoutMs: 5000,
    });
    const [backEnd, member] = [backEnds[1] as BackEnd, members[1] as Component];
    const address = Number(member.attribute('port'));
    await pause(500);
    expect(await call('drain', { worker: 'Machine_2,Member_2' })).to.deep.include({
      changed: true,
      named: ['Member_2'],
    });
    expect(backEnd.running, 'requests at the member once it is drained').to.equal(0);
    await backEnd.close(); // nothing may need it now
    // what else is configured meanwhile does not bring it back
    expect(await call('configure')).to.include({ changed: false });
    expect(await call('drain', { worker: 'Member_2' })).to.include({ changed: false });
    await pause(500);
    backEnds[1] = new BackEnd();
    await backEnds[1].listen(address);
    expect(await call('admit', { worker: 'Member_2' })).to.include({ changed: true });
    await run.done;
    expect(run.samples.filter((sample) => sample.failure !== undefined)).to.deep.equal([]);
    expect(run.samples).to.have.length(600);
    expect(backEnds[1].served).to.be.greaterThan(20);
  });

  it('has workers of the new configuration, and no other, after each of several reloads in a row', async () => {
    await up();
    const pid = apache.attributes.get('pid') ?? '';
    const workers = async () =>
      (await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).split(' ').filter((child) => child !== '');
    for (let round = 0; round < 6; round += 1) {
      const former = await workers();
      await call('reload');
      const now = await workers();
      expect(now, `round ${round}`).to.not.be.empty;
      expect(
        now.filter((worker) => former.includes(worker)),
        `round ${round}`,
      ).to.deep.equal([]);
    }
  });

  it('answers 503 while every member is drained, and refuses to drain what is bound to it under no such name', async () => {
    await up();
    await call('drain', { worker: 'Member_1,Member_2' });
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).to.equal(503);
    await call('admit', { worker: 'Member_1' });
    expect((await fetch(`http://127.0.0.1:${port}/`)).headers.get('x-worker')).to.equal('Member_1');
    const error = await call('drain', { worker: 'Member_9' }).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'unknown-component' });
    expect(String(error)).to.contain('none of "Member_9" is bound as "workers" now; bound are Member_1, Member_2');
  });

  it('loses no request when a member is suddenly gone', async () => {
    await up();
    await (backEnds[1] as BackEnd).close();
    const run = new HttpLoadGenerator().start({
      url: `http://127.0.0.1:${port}/`,
      phases: [{ name: 'steady', durationMs: 1500, requestsPerSecond: 100 }],
      timeoutMs: 5000,
    });
    await run.done;
    expect(run.samples.filter((sample) => sample.failure !== undefined)).to.deep.equal([]);
    expect(new Set(run.samples.map((sample) => sample.worker))).to.deep.equal(new Set(['Member_1']));
  });

  it('answers 503 with no member at all, and is ready all the same', async () => {
    for (const member of members) apache.unbind('workers', member);
    await up();
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).to.equal(503);
  });

  it('works without root, on a high port', async function () {
    if (process.getuid?.() !== 0) return this.skip(); // then every test here is this one
    const nobody = 65534;
    await chown(folder, nobody, nobody);
    const prefix = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--'];
    const attributes = { port: String(port), folder };
    const { system, infrastructure, close } = localSystem(
      [{ name: 'Apache', wrapper: 'apache', attributes }],
      [{ name: 'workers', from: 'Apache', to: 'Apache' }],
      [wrapper],
      new LocalExecutor({ node: 'here', prefix }),
    );
    const component = instance(system, 'Apache');
    const user = caller(system, infrastructure, component, wrapper);
    try {
      await user.call('configure');
      await user.call('start');
      await user.call('ready');
      await user.call('reload');
      await user.call('ready');
      const status = await readFile(`/proc/${component.attribute('pid')}/status`, 'utf8');
      expect(status).to.match(new RegExp(`^Uid:\\s+${nobody}\\s`, 'm'));
    } finally {
      await user.call('stop');
      await close();
    }
  });

  it('tells why Apache ends by itself', async () => {
    await call('configure');
    apache.setAttribute('binary', '/bin/false');
    const error = await call('start').catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'operation-failed');
    expect((error as Error).message).to.match(/^Apache_1\.start: \/bin\/false ended by itself on here/);
  });

  it('tells of an occupied port', async () => {
    const taken = createTcpServer();
    await new Promise<void>((resolve) => taken.listen(port, () => resolve()));
    try {
      await call('configure');
      const error = await call('start').catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'port-in-use');
      expect((error as Error).message).to.equal(
        `Apache_1.start: Another program listens on port ${port} of here. Stop it, or give another port.`,
      );
      expect(apache.attributes.has('pid')).to.equal(false);
    } finally {
      await new Promise((resolve) => taken.close(resolve));
    }
  });
});

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
