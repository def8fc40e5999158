import { expect } from 'chai';
import type { DomainEvent, MigrationProgress } from '../../../core/model/hypervisor.js';
import { rejection } from '../../contract/hypervisor-context.js';
import type { SimulatedSoftware } from '../../../wrappers/simulated/index.js';
import { TestWorld } from './world.js';

const place = { file: 'test.deployment.xml', line: 1, column: 1 };

/** Uses as much CPU as it gets, so that its guest dirties memory. */
const busy: SimulatedSoftware = {
  name: 'busy',
  matches: ([program]) => program === '/opt/busy',
  execute: ({ process }) => void process.demand(1),
};
/** A guest that is busy does not get over this. */
const SLOW = { bandwidthMiBps: 20, maxDowntimeMs: 100 } as const;

describe('migrations in the simulation', () => {
  let world: TestWorld;
  beforeEach(async () => {
    world = new TestWorld({ software: [busy] });
    await world.boot('vm');
    await world.settle(world.guest('vm').start({ argv: ['/opt/busy'] }));
    await world.clock.advance(1000);
  });
  const hypervisor = (name: string) => world.infrastructure.host(name).hypervisor;
  const places = async () => {
    const told = [];
    for (const host of ['host1', 'host2'])
      for (const domain of await world.settle(hypervisor(host).list())) told.push(`${host} ${domain.state}`);
    return told;
  };
  const migrate = (options = {}) => world.migrate('vm', 'host1', 'host2', options);
  const addHost = (name: string, attributes: Readonly<Record<string, string>>) =>
    world.infrastructure.addHost({ name, uri: `qemu+tls://${name}/system`, attributes, place });

  it('slow a guest down that dirties memory faster than it is copied, and stop doing so at the end', async () => {
    const throttles: number[] = [];
    const outcome = await world.settle(
      migrate({ ...SLOW, onProgress: ({ throttle = 0 }: MigrationProgress) => throttles.push(throttle) }),
    );
    expect(Math.max(...throttles)).to.be.within(0.2, 0.99);
    expect(throttles).to.deep.equal([...throttles].sort((a, b) => a - b));
    const without = new TestWorld({ software: [busy] });
    await without.boot('vm');
    await without.settle(without.guest('vm').start({ argv: ['/opt/busy'] }));
    const longer = await without.settle(without.migrate('vm', 'host1', 'host2', { ...SLOW, autoConverge: false }));
    expect(outcome.iterations).to.be.lessThan(longer.iterations ?? 0);
    expect(outcome.downtimeMs).to.be.lessThan(longer.downtimeMs);
    const used = async () => (await world.settle(hypervisor('host2').statistics()))[0]?.cpuSeconds ?? NaN;
    const before = await used();
    await world.clock.advance(5000);
    expect((await used()) - before).to.be.closeTo(5, 0.1);
  });

  it('tell whoever asks how far they are, on both hosts', async () => {
    const migration = migrate(SLOW);
    await world.clock.advance(3000);
    for (const host of ['host1', 'host2']) {
      const progress = await world.settle(hypervisor(host).migrationOf?.('vm') ?? Promise.resolve(undefined));
      expect(progress).to.include({ domain: 'vm' });
      expect(progress?.elapsedMs).to.be.within(2900, 3200);
      expect(progress?.processedBytes).to.be.greaterThan(0);
    }
    await world.settle(migration);
    expect(await world.settle(hypervisor('host2').migrationOf?.('vm') ?? Promise.resolve(null))).to.equal(undefined);
  });

  it('go on after post-copy has begun, whatever their caller does, with the guest on its target', async () => {
    const abort = new AbortController();
    const events: string[] = [];
    for (const host of ['host1', 'host2']) {
      const listen = ({ kind, detail }: DomainEvent) => events.push(`${host} ${kind} ${detail}`);
      await world.settle(hypervisor(host).onDomainEvent(listen));
    }
    let during: readonly string[] = [];
    let looking: Promise<unknown> | undefined;
    const outcome = await world.settle(
      migrate({
        ...SLOW,
        autoConverge: false,
        postCopyAfterMs: 10_000,
        timeoutMs: 26_000,
        signal: abort.signal,
        onProgress: ({ postCopy }: MigrationProgress) => {
          if (postCopy !== true) return;
          abort.abort();
          looking ??= Promise.all(
            ['host1', 'host2'].map(async (host) => `${host} ${(await hypervisor(host).list())[0]?.state}`),
          ).then((told) => (during = told));
        },
      }),
    );
    await world.settle(Promise.resolve(looking));
    expect(outcome.mode).to.equal('post-copy');
    expect(outcome.downtimeMs).to.be.lessThan(100);
    expect(during).to.deep.equal(['host1 paused', 'host2 running']);
    expect(await places()).to.deep.equal(['host2 running']);
    expect(events).to.deep.equal([
      'host2 started migrated',
      'host1 suspended postcopy',
      'host2 resumed postcopy',
      'host1 stopped migrated',
    ]);
  });

  for (const [what, break_, code] of [
    ['the target dies', (w: TestWorld) => w.infrastructure.faults.hostDies('host2'), 'domain-died'],
    ['the source dies', (w: TestWorld) => w.infrastructure.faults.hostDies('host1'), 'host-unreachable'],
    ['the link breaks', (w: TestWorld) => w.infrastructure.faults.linkBreaks('host1', 'host2'), 'domain-died'],
  ] as const) {
    it(`lose a guest in post-copy when ${what}`, async () => {
      let broken = false;
      const attempt = migrate({
        ...SLOW,
        autoConverge: false,
        postCopyAfterMs: 10_000,
        onProgress: ({ postCopy }: MigrationProgress) => {
          if (postCopy !== true || broken) return;
          broken = true;
          break_(world);
        },
      });
      await rejection(world.settle(attempt), code);
      for (const host of ['host1', 'host2']) world.infrastructure.faults.hostRecovers(host);
      expect(await places()).to.deep.equal([]);
    });
  }

  it('go on in post-copy when a daemon dies, though nobody can tell', async () => {
    let broken = false;
    const attempt = migrate({
      ...SLOW,
      autoConverge: false,
      postCopyAfterMs: 10_000,
      onProgress: ({ postCopy }: MigrationProgress) => {
        if (postCopy !== true || broken) return;
        broken = true;
        world.infrastructure.faults.daemonDies('host1');
      },
    });
    await rejection(world.settle(attempt), 'host-unreachable');
    await world.clock.advance(60_000);
    world.infrastructure.faults.daemonRestarts('host1');
    expect(await places()).to.deep.equal(['host2 running']);
  });

  it('are refused where CPUs or storage do not fit, with the reason', async () => {
    addHost('old', { cpuModel: 'Nehalem' });
    addHost('amd', { cpuModel: 'EPYC' });
    addHost('apart', { storage: 'local' });
    addHost('new', { cpuModel: 'Icelake-Server' });
    for (const [host, word] of [
      ['old', 'Nehalem'],
      ['amd', 'EPYC'],
      ['apart', 'storage'],
    ] as const) {
      const error = await rejection(world.settle(world.migrate('vm', 'host1', host)), 'migration-failed');
      expect(error.message).to.include(word);
    }
    const cpu = (await world.settle(hypervisor('host1').cpuOf('vm'))) ?? '';
    expect(await world.settle(hypervisor('old').compareCpu(cpu))).to.equal('incompatible');
    expect(await world.settle(hypervisor('new').compareCpu(cpu))).to.equal('superset');
    await world.settle(world.migrate('vm', 'host1', 'new'));
    // it still sees the CPU that it began with, so that it may go back
    await world.settle(world.migrate('vm', 'new', 'host1'));
    expect(await places()).to.deep.equal(['host1 running']);
  });

  async function described(name: string, bridge: string) {
    const request = { name, image: 'tomcat', memoryMiB: 64, vcpus: 1, host: 'host1' };
    const { description } = await world.infrastructure.prepareDomain(request);
    return { ...description, networks: [{ mac: '52:54:00:00:00:09', bridge }] };
  }

  it('need the bridge of the guest on the target', async () => {
    addHost('wide', { bridge: 'br7' });
    await world.settle(hypervisor('wide').create(await described('bridged', 'br7')));
    const error = await rejection(world.settle(world.migrate('bridged', 'wide', 'host2')), 'migration-failed');
    expect(error.message).to.include('br7');
  });
});
