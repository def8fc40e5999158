import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import type { DomainEvent } from '../../../core/model/hypervisor.js';
import { TestWorld } from './world.js';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof AttituneError ? error.code : String(error)),
  );
}

describe('faults of the simulation', () => {
  let world: TestWorld;
  beforeEach(() => {
    world = new TestWorld();
  });
  const host = (name: string) => world.infrastructure.host(name);
  const names = async (name: string) =>
    (await world.settle(host(name).hypervisor.list())).map((domain) => `${domain.name} ${domain.state}`);

  it('lets nobody reach a host whose network fails, tells its connections, and lets its guests live', async () => {
    const address = await world.tomcat('Machine_1');
    const losses: Error[] = [];
    host('host1').hypervisor.onConnection((change) => {
      if (!change.connected) losses.push(change.reason);
    });
    world.infrastructure.faults.hostUnreachable('host1');
    expect(losses.map((reason) => AttituneError.is(reason, 'host-unreachable'))).to.deep.equal([true]);
    expect(await codeOf(world.settle(host('host1').hypervisor.list()))).to.equal('host-unreachable');
    expect(await codeOf(world.settle(host('host1').executor.run({ argv: ['true'] })))).to.equal('host-unreachable');
    expect(await codeOf(host('host1').usage?.() ?? Promise.resolve())).to.equal('host-unreachable');
    const url = `http://${address}:8080/`;
    expect(await codeOf(world.settle(world.infrastructure.http.get(url, { timeoutMs: 1000 })))).to.equal(
      'host-unreachable',
    );
    world.infrastructure.faults.hostRecovers('host1');
    expect(await names('host1')).to.deep.equal(['Machine_1 running']);
    expect((await world.settle(world.infrastructure.http.get(url, { timeoutMs: 1000 }))).status).to.equal(200);
  });

  it('leaves nothing on a host that died, not even after it came back', async () => {
    await world.boot('Machine_1');
    world.infrastructure.faults.hostDies('host1');
    expect(await codeOf(world.settle(host('host1').hypervisor.list()))).to.equal('host-unreachable');
    world.infrastructure.faults.hostRecovers('host1');
    expect(await names('host1')).to.deep.equal([]);
  });

  it('tells of a domain that dies', async () => {
    await world.boot('Machine_1');
    const events: DomainEvent[] = [];
    await world.settle(host('host1').hypervisor.onDomainEvent((event) => events.push(event)));
    world.infrastructure.faults.domainDies('Machine_1');
    expect(events.map(({ kind, detail }) => `${kind} ${detail}`)).to.deep.equal([
      'crashed panicked',
      'stopped crashed',
    ]);
    expect(() => world.infrastructure.faults.domainDies('Machine_1')).to.throw(AttituneError, 'Machine_1');
  });

  for (const [what, fault, code, left] of [
    ['the domain dies', (w: TestWorld) => w.infrastructure.faults.domainDies('Machine_1'), 'domain-died', [[], []]],
    ['its host dies', (w: TestWorld) => w.infrastructure.faults.hostDies('host1'), 'host-unreachable', [undefined, []]],
    [
      'the target dies',
      (w: TestWorld) => w.infrastructure.faults.hostDies('host2'),
      'migration-failed',
      [['Machine_1 running'], undefined],
    ],
    [
      'the target stops answering',
      (w: TestWorld) => w.infrastructure.faults.hostUnreachable('host2'),
      'migration-failed',
      [['Machine_1 running'], undefined],
    ],
  ] as const) {
    // during the setup, the first copy, and the moment in which the guest stands still
    for (const afterMs of [100, 1200, 2070]) {
      it(`runs a domain once at most when ${what} ${afterMs} ms into its migration`, async () => {
        await world.boot('Machine_1');
        const attempt = codeOf(world.migrate('Machine_1', 'host1', 'host2'));
        await world.clock.advance(afterMs);
        fault(world);
        expect(await world.settle(attempt)).to.equal(code);
        for (const [index, expected] of left.entries()) {
          if (expected) expect(await names(`host${index + 1}`)).to.deep.equal(expected);
        }
      });
    }
  }

  it('ends a migration between two hosts that do not hear each other, after a while, though everybody hears both', async () => {
    await world.boot('Machine_1');
    const { keepaliveMs } = world.infrastructure.settings.migration;
    const attempt = codeOf(world.migrate('Machine_1', 'host1', 'host2'));
    await world.clock.advance(500);
    world.infrastructure.faults.linkBreaks('host2', 'host1');
    await world.clock.advance(keepaliveMs - 1000);
    expect(await names('host1')).to.deep.equal(['Machine_1 running']);
    expect(await names('host2')).to.deep.equal(['Machine_1 paused']);
    const startedAt = world.clock.now();
    expect(await world.settle(attempt)).to.equal('migration-failed');
    expect(world.clock.now() - startedAt).to.be.within(500, 2000);
    expect([await names('host1'), await names('host2')]).to.deep.equal([['Machine_1 running'], []]);
    const next = codeOf(world.migrate('Machine_1', 'host1', 'host2'));
    await world.clock.advance(keepaliveMs - 1000);
    expect(await names('host2')).to.deep.equal([]);
    expect(await world.settle(next)).to.equal('migration-failed');
    world.infrastructure.faults.linkHeals('host1', 'host2');
    expect(await codeOf(world.settle(world.migrate('Machine_1', 'host1', 'host2')))).to.equal('resolved');
  });

  it('lets a migration go on where the link heals in time', async () => {
    await world.boot('Machine_1');
    const attempt = world.migrate('Machine_1', 'host1', 'host2');
    await world.clock.advance(500);
    world.infrastructure.faults.linkBreaks('host1', 'host2');
    await world.clock.advance(20_000);
    world.infrastructure.faults.linkHeals('host1', 'host2');
    expect((await world.settle(attempt)).elapsedMs).to.be.greaterThan(20_000);
    expect(await names('host2')).to.deep.equal(['Machine_1 running']);
  });

  for (const [daemon, code] of [
    ['host1', 'host-unreachable'],
    ['host2', 'migration-failed'],
  ] as const) {
    it(`leaves a domain that migrates on its source when libvirtd of ${daemon} dies`, async () => {
      const address = await world.tomcat('Machine_1');
      const changes: boolean[] = [];
      host(daemon).hypervisor.onConnection(({ connected }) => changes.push(connected));
      const attempt = codeOf(world.migrate('Machine_1', 'host1', 'host2'));
      await world.clock.advance(1200);
      world.infrastructure.faults.daemonDies(daemon);
      expect(await world.settle(attempt)).to.equal(code);
      expect(await codeOf(world.settle(host(daemon).hypervisor.list()))).to.equal('host-unreachable');
      // the guest and its host are reached all the same
      const url = `http://${address}:8080/`;
      expect((await world.settle(world.infrastructure.http.get(url, { timeoutMs: 1000 }))).status).to.equal(200);
      expect((await world.settle(host(daemon).executor.run({ argv: ['true'] }))).exitCode).to.equal(0);
      world.infrastructure.faults.daemonRestarts(daemon);
      expect(changes).to.deep.equal([false, true]);
      expect([await names('host1'), await names('host2')]).to.deep.equal([['Machine_1 running'], []]);
    });
  }

  it('tells what changed while a connection was lost', async () => {
    await world.boot('Machine_1');
    await world.boot('Machine_2');
    const told: string[] = [];
    const listen = ({ domain, kind, detail }: DomainEvent) => told.push(`${domain} ${kind} ${detail}`);
    await world.settle(host('host1').hypervisor.onDomainEvent(listen));
    world.infrastructure.faults.daemonDies('host1');
    world.infrastructure.faults.domainDies('Machine_1');
    expect(told).to.deep.equal([]);
    world.infrastructure.faults.daemonRestarts('host1');
    expect(told).to.deep.equal(['Machine_1 stopped missed']);
    world.infrastructure.faults.daemonRestarts('host1');
    expect(told).to.have.length(1);
  });

  it('has no room left in a pool that something else fills', async () => {
    const { storage } = host('host1').hypervisor;
    const volume = { name: 'disk.qcow2', format: 'qcow2', capacityBytes: 2 ** 30 } as const;
    world.infrastructure.faults.diskFull('host1');
    expect(await codeOf(world.settle(storage.createVolume('attitune', volume)))).to.equal('no-capacity');
    expect((await world.settle(storage.pools()))[0]?.availableBytes).to.equal(0);
    world.infrastructure.faults.diskFull('host1', 'attitune', false);
    const { path } = await world.settle(storage.createVolume('attitune', volume));
    // the hosts share it
    const there = await world.settle(host('host2').hypervisor.storage.volumes('attitune'));
    expect(there.map((found) => found.path)).to.deep.equal([path]);
    expect(() => world.infrastructure.faults.diskFull('host1', 'none')).to.throw(AttituneError, 'none');
  });

  it('lets a stalled migration be aborted, or end once it goes on', async () => {
    await world.boot('Machine_1');
    world.infrastructure.faults.migrationsStall();
    const abort = new AbortController();
    const stalled = codeOf(world.migrate('Machine_1', 'host1', 'host2', { signal: abort.signal }));
    await world.clock.advance(60_000);
    abort.abort();
    expect(await world.settle(stalled)).to.equal('migration-aborted');
    const second = world.migrate('Machine_1', 'host1', 'host2');
    await world.clock.advance(10_000);
    world.infrastructure.faults.migrationsStall(false);
    expect((await world.settle(second)).elapsedMs).to.be.greaterThan(10_000);
    expect(await names('host2')).to.deep.equal(['Machine_1 running']);
  });

  it('waits in vain for a guest agent that keeps silent', async () => {
    await world.boot('Machine_1');
    world.infrastructure.faults.agentSilent('Machine_1');
    const startedAt = world.clock.now();
    const ping = host('host1').hypervisor.guestAgent('Machine_1', { execute: 'guest-ping' }, 3000);
    expect(await codeOf(world.settle(ping))).to.equal('guest-agent');
    expect(world.clock.now() - startedAt).to.be.at.least(3000);
    expect(await codeOf(world.settle(world.guest('Machine_1').run({ argv: ['true'] })))).to.equal('guest-agent');
    world.infrastructure.faults.agentSilent('Machine_1', false);
    expect((await world.settle(world.guest('Machine_1').run({ argv: ['true'] }))).exitCode).to.equal(0);
  });

  it('ends what is under way when the simulation is taken down, also twice', async () => {
    await world.tomcat('Machine_1');
    const phases = [{ name: 'long', durationMs: 60_000, requestsPerSecond: 10 }];
    const run = world.infrastructure.load.start({ url: `http://${host('host1').address}/`, phases, timeoutMs: 1000 });
    await world.clock.advance(1000);
    await world.infrastructure.down();
    await world.infrastructure.down();
    await run.done;
    expect(world.infrastructure.hosts()).to.deep.equal([]);
    await world.clock.advance(5000);
    expect(world.clock.nextDueAt).to.equal(undefined);
  });
});
