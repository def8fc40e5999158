import { expect } from 'chai';
import type { DomainDescription, DomainEvent } from '../../../core/model/hypervisor.js';
import { rejection } from '../../contract/hypervisor-context.js';
import type { SimulatedSoftware } from '../../../wrappers/simulated/index.js';
import { TestWorld } from './world.js';

const DISK = '/simulated/vm.img';
const description: DomainDescription = {
  name: 'vm',
  memoryMiB: 512,
  vcpus: 1,
  maxVcpus: 2,
  maxMemoryMiB: 1024,
  disks: [{ path: DISK, format: 'raw' }],
  networks: [{ mac: '52:54:00:00:00:01', bridge: 'br0' }],
};

describe('persistent domains of the simulation', () => {
  let world: TestWorld;
  beforeEach(() => {
    world = new TestWorld();
  });
  const hypervisor = (name = 'host1') => world.infrastructure.host(name).hypervisor;
  const states = async (name = 'host1') =>
    (await world.settle(hypervisor(name).list())).map((domain) => `${domain.name} ${domain.state}`);
  const define = async (more: Partial<DomainDescription> = {}) => {
    await world.settle(hypervisor().define({ ...description, ...more }));
    await world.settle(hypervisor().start(more.name ?? 'vm'));
    await world.clock.advance(world.infrastructure.settings.guestBootMs + 1);
  };

  it('keep what is on their disks, and lose what is in their memory', async () => {
    await define();
    const guest = world.guest('vm');
    await world.settle(guest.put('/etc/motd', 'hello'));
    await world.settle(guest.put('/run/server.pid', '1'));
    const { pid } = await world.settle(guest.start({ argv: ['/opt/server'] }));
    await world.settle(hypervisor().shutdown('vm'));
    await world.clock.advance(world.infrastructure.settings.guestShutdownMs);
    expect(await states()).to.deep.equal(['vm shutoff']);
    await world.settle(hypervisor().start('vm'));
    await world.clock.advance(world.infrastructure.settings.guestBootMs + 1);
    expect(await world.settle(guest.get('/etc/motd'))).to.equal('hello');
    expect(await world.settle(guest.isRunning(pid))).to.equal(false);
    expect(await world.settle(guest.get('/run/server.pid'))).to.equal(undefined);
  });

  it('reboot: nothing runs, nobody answers for a while, and no event tells of it', async () => {
    await define();
    const events: DomainEvent[] = [];
    await world.settle(hypervisor().onDomainEvent((event) => events.push(event)));
    const { pid } = await world.settle(world.guest('vm').start({ argv: ['/opt/server'] }));
    await world.settle(hypervisor().reboot('vm'));
    await world.clock.advance(world.infrastructure.settings.guestShutdownMs);
    await rejection(world.settle(hypervisor().guestAgent('vm', { execute: 'guest-ping' })), 'guest-agent');
    expect(await world.settle(hypervisor().addresses('vm'))).to.deep.equal([]);
    await world.clock.advance(world.infrastructure.settings.guestBootMs);
    expect(await world.settle(hypervisor().guestAgent('vm', { execute: 'guest-ping' }))).to.deep.equal({});
    expect(await world.settle(hypervisor().addresses('vm'))).to.have.length(1);
    expect(await world.settle(world.guest('vm').isRunning(pid))).to.equal(false);
    expect(events).to.deep.equal([]);
  });

  it('start with their host where they are told to, and the connection tells what was missed', async () => {
    await define();
    await define({ name: 'other', disks: [] });
    await world.boot('transient');
    await world.settle(hypervisor().setAutostart('vm', true));
    const told: string[] = [];
    await world.settle(
      hypervisor().onDomainEvent(({ domain, kind, detail }) => told.push(`${domain} ${kind} ${detail}`)),
    );
    hypervisor().onConnection(({ connected }) => told.push(connected ? 'connected' : 'lost'));
    world.infrastructure.faults.hostDies('host1');
    expect(told.splice(0)).to.deep.equal(['lost']);
    await world.clock.advance(60_000);
    world.infrastructure.faults.hostRecovers('host1');
    expect(told).to.deep.equal(['other stopped missed', 'transient stopped missed', 'connected']);
    expect(await states()).to.have.members(['vm running', 'other shutoff']);
  });

  it('take their files along where their definition alone moves', async () => {
    await define();
    await world.settle(world.guest('vm').put('/etc/motd', 'hello'));
    await world.settle(hypervisor().destroy('vm'));
    await world.settle(world.migrate('vm', 'host1', 'host2'));
    expect(await states()).to.deep.equal([]);
    await world.settle(hypervisor('host2').start('vm'));
    await world.clock.advance(world.infrastructure.settings.guestBootMs + 1);
    expect(await world.settle(world.guest('vm', 'host2').get('/etc/motd'))).to.equal('hello');
  });

  it('get more memory while they run, and leave that much less to others', async () => {
    world = new TestWorld({ hostMemoryMiB: 2048 });
    await define();
    const free = async () => (await world.settle(hypervisor().nodeMemory())).freeMiB;
    const before = await free();
    await world.settle(hypervisor().scale('vm', { memoryMiB: 1024 }));
    expect(before - (await free())).to.equal(512);
    await world.settle(hypervisor().scale('vm', { memoryMiB: 512 }));
    await world.boot('large', 'host1', 1200);
    await rejection(world.settle(hypervisor().scale('vm', { memoryMiB: 1024 })), 'hypervisor');
    expect((await world.settle(hypervisor().statistics()))[0]?.memoryMiB).to.equal(512);
  });

  it('get more CPU while they run', async () => {
    const burner: SimulatedSoftware = {
      name: 'burner',
      matches: ([program]) => program === '/opt/burn',
      execute: ({ process }) => void process.demand(2),
    };
    world = new TestWorld({ software: [burner] });
    await define();
    await world.settle(world.guest('vm').start({ argv: ['/opt/burn'] }));
    const burnt = async () => {
      const used = async () => (await world.settle(hypervisor().statistics()))[0]?.cpuSeconds ?? NaN;
      const before = await used();
      await world.clock.advance(10_000);
      return (await used()) - before;
    };
    expect(await burnt()).to.be.closeTo(10, 0.1);
    await world.settle(hypervisor().scale('vm', { vcpus: 2 }));
    expect(await burnt()).to.be.closeTo(20, 0.1);
    await world.settle(hypervisor().scale('vm', { vcpus: 1 }));
    expect(await burnt()).to.be.closeTo(10, 0.1);
  });

  it('do not start where CPU, network, disk or memory are missing, and say which', async () => {
    const wrong: readonly (readonly [Partial<DomainDescription>, string])[] = [
      [{ cpuModel: 'Icelake-Server' }, 'Icelake-Server'],
      [{ networks: [{ mac: '52:54:00:00:00:01', bridge: 'br9' }] }, 'br9'],
      [{ disks: [{ path: '/var/lib/attitune/images/none.img', format: 'raw' }] }, 'none.img'],
      [{ memoryMiB: 8192, maxMemoryMiB: 8192 }, '8192 MiB'],
    ];
    for (const [change, word] of wrong) {
      const error = await rejection(world.settle(hypervisor().create({ ...description, ...change })), 'hypervisor');
      expect(error.message).to.include(word);
    }
    expect(await states()).to.deep.equal([]);
  });
});
