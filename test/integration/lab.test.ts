import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SystemClock, delay } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';
import type { HostAccess, PreparedDomain, UpOptions } from '../../core/model/infrastructure.js';
import { labDown, labStatus } from '../../wrappers/lab/index.js';
import { eventually } from '../support/eventually.js';
import { labDeployment, labInfrastructure } from '../support/lab-infrastructure.js';
import { skipWithoutLab } from '../support/skip.js';

const clock = new SystemClock();
const GUEST = 'Machine_1';
const LIMIT = 0.4;

const deployment = labDeployment('host1', 'host2');
const options: UpOptions = { signal: new AbortController().signal, onProgress: () => undefined };

describe('The lab, on this machine', function () {
  this.timeout(60_000);
  const lab = labInfrastructure(LIMIT);
  let host: HostAccess;
  let guest: Executor;
  let domain: PreparedDomain;
  let guestHost = 'host1';

  before(async function () {
    this.timeout(15 * 60_000); // the first time it builds the image
    skipWithoutLab(this);
    await lab.up(deployment, undefined, options);
    host = lab.host('host1');
  });

  after(async function () {
    if (process.env['ATTITUNE_TEST_LAB'] === '1') await lab.down();
  });

  it('brings up hosts that have names, addresses and daemons of their own', async () => {
    expect(lab.hosts().map(({ name }) => name)).to.deep.equal(['host1', 'host2']);
    const names = await Promise.all(lab.hosts().map(({ executor }) => executor.run({ argv: ['uname', '-n'] })));
    expect(names.map(({ stdout }) => stdout.trim())).to.deep.equal(['host1', 'host2']);
    const resolved = await host.executor.run({ argv: ['getent', 'hosts', 'host2'] });
    expect(resolved.stdout).to.contain(lab.host('host2').address);
    const [one, two] = await Promise.all(lab.hosts().map(({ hypervisor }) => hypervisor.capabilities()));
    expect(one?.hostUuid).to.not.equal(two?.hostUuid);
  });

  it('keeps what a host writes into its own folders to itself, and runs commands in the folder that is asked for', async () => {
    for (const note of ['/run/mine/note', '/var/lib/attitune/mine/note']) {
      await host.executor.put(note, 'hello');
      expect(await host.executor.get(note)).to.equal('hello');
      expect(await lab.host('host2').executor.get(note)).to.equal(undefined);
      expect(existsSync(note)).to.equal(false);
    }
    expect((await host.executor.run({ argv: ['pwd'], cwd: '/usr/bin' })).stdout.trim()).to.equal('/usr/bin');
  });

  it('knows no other host', () => {
    expect(() => lab.host('host9'))
      .to.throw(AttituneError)
      .with.property('code', 'unknown-host');
  });

  it('refuses a second start while the first lives, and says who it is', async () => {
    const error = await labInfrastructure(LIMIT)
      .up(deployment, undefined, options)
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError).with.property('code', 'lab-busy');
    expect((error as Error).message).to.contain(String(process.pid));
    expect((await lab.host('host2').hypervisor.list()).length).to.equal(0);
  });

  it('boots a guest whose agent answers', async () => {
    domain = await lab.prepareDomain({ name: GUEST, image: 'tomcat', memoryMiB: 384, vcpus: 1, host: 'host1' });
    expect(await lab.prepareDomain({ name: GUEST, image: 'tomcat', memoryMiB: 384, vcpus: 1, host: 'host1' })).to.equal(
      domain,
    );
    await host.hypervisor.create(domain.description);
    guest = lab.guest(GUEST, () => lab.host(guestHost));
    const name = await eventually(() => guest.run({ argv: ['uname', '-n'] }), 40_000, 'the guest agent answers');
    expect(name.stdout.trim()).to.equal('Machine-1');
    await guest.put('/srv/www/index.html', 'alive');
    const server = ['/usr/lib/attitune/busybox', 'httpd', '-f', '-p', '8080', '-h', '/srv/www'] as const;
    await guest.start({ argv: server });
    const answer = await eventually(
      () => lab.http.get(`http://${domain.address}:8080/`, { timeoutMs: 2000 }),
      10_000,
      'HTTP',
    );
    expect(answer.body).to.equal('alive');
  });

  it('keeps the guest alive while it migrates', async () => {
    const answers: number[] = [];
    let over = false;
    const requests = (async () => {
      while (!over) {
        answers.push((await lab.http.get(`http://${domain.address}:8080/`, { timeoutMs: 5000 })).status);
        await delay(clock, 20);
      }
    })();
    const target = lab.host('host2');
    try {
      const outcome = await host.hypervisor.migrate(GUEST, { host: 'host2', uri: target.migrationUri });
      guestHost = 'host2';
      expect(outcome.downtimeMs).to.be.within(1, 500);
    } finally {
      over = true;
    }
    await requests;
    expect(answers.length).to.be.greaterThan(5);
    expect(new Set(answers)).to.deep.equal(new Set([200]));
    expect((await host.hypervisor.list()).length).to.equal(0);
    expect((await target.hypervisor.list()).map(({ name }) => name)).to.deep.equal([GUEST]);
    expect((await guest.run({ argv: ['uname', '-n'] })).stdout.trim()).to.equal('Machine-1');
    expect((await labStatus()).hosts.find(({ name }) => name === 'host2')?.domains).to.deep.equal([GUEST]);
  });

  it('ends a guest that is asked to, and forgets it', async () => {
    const target = lab.host('host2');
    await target.hypervisor.shutdown(GUEST);
    await eventually(async () => (await target.hypervisor.list()).length === 0, 30_000, 'the guest is off');
    await lab.releaseDomain(GUEST);
    expect((await labStatus()).guests).to.deep.equal({});
  });

  it('holds a busy loop to the limit', async () => {
    expect(host.cpuCapacity()).to.be.greaterThan(LIMIT);
    await lab.deployed();
    expect(host.cpuCapacity()).to.equal(LIMIT);
    const { pid } = await host.executor.start({ argv: ['sh', '-c', 'while :; do :; done'] });
    try {
      const before = await host.usage?.();
      await delay(clock, 2000);
      const now = await host.usage?.();
      if (!before || !now) return expect.fail('the host has no meter');
      const rate = (now.cpuBusySeconds - before.cpuBusySeconds) / ((now.at - before.at) / 1000);
      // others may leave it less; more it must not get
      expect(rate).to.be.within(0.5 * LIMIT, 1.15 * LIMIT);
    } finally {
      await host.executor.signal(pid, 'SIGKILL');
    }
  });

  it('goes down, twice, and leaves nothing', async () => {
    await lab.down();
    await lab.down();
    await labDown();
    const { state, namespaces, links, hosts } = await labStatus();
    expect({ state, namespaces, links, hosts }).to.deep.equal({ state: 'down', namespaces: [], links: [], hosts: [] });
  });

  it('is taken down by its reaper when its owner is killed', async () => {
    const program = fileURLToPath(new URL('../support/lab-owner.js', import.meta.url));
    const owner = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    try {
      const [said] = (await once(owner.stdout, 'data')) as [Buffer];
      expect(said.toString()).to.contain('up');
      const { state, hosts } = await labStatus();
      expect(state).to.equal('up');
      expect(hosts[0]).to.deep.include({ name: 'host1', domains: ['Machine_1'], cpuLimit: 0.5 });
    } finally {
      owner.kill('SIGKILL');
    }
    const status = await eventually(
      async () => {
        const now = await labStatus();
        return now.state === 'down' && now;
      },
      20_000,
      'the reaper has taken the lab down',
    );
    expect(status.namespaces).to.deep.equal([]);
  });
});
