import { expect } from 'chai';
import type { DeploymentDiagram } from '../../../core/model/deployment.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { DomainEvent } from '../../../core/model/hypervisor.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { TestWorld } from './world.js';

const place = { file: 'web.deployment.xml', line: 3, column: 5 };

function deployment(...attributes: Readonly<Record<string, string>>[]): DeploymentDiagram {
  const hosts = attributes.map((given, index) => ({
    name: `node${index + 1}`,
    uri: `qemu+tls://node${index + 1}/system`,
    attributes: given,
    place,
  }));
  return {
    name: 'web',
    file: '/web.deployment.xml',
    events: [],
    files: ['/web.deployment.xml'],
    hostFamilies: [{ name: 'servers', hypervisor: 'libvirt', hosts, place }],
    classes: [],
    associations: [],
    probes: [],
    constraints: [],
    diagrams: [],
    policies: [],
  };
}

function up(world: TestWorld, diagram: DeploymentDiagram, signal = new AbortController().signal): Promise<void> {
  const system = new SystemRepresentation(diagram, () => false);
  return world.settle(world.infrastructure.up(diagram, system, { signal, onProgress: () => undefined }));
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'resolved',
    (error: unknown) => (error instanceof AttituneError ? error.code : String(error)),
  );
}

describe('the simulated infrastructure', () => {
  it('makes the hosts of a deployment, each of its size, and limits their CPUs once all is deployed', async () => {
    const world = new TestWorld({ hosts: 0 });
    await up(world, deployment({}, { cpus: '4', memory: '8 GiB' }));
    const [one, two] = world.infrastructure.hosts();
    expect([one?.name, two?.name]).to.deep.equal(['node1', 'node2']);
    expect(one?.address)
      .to.match(/^10\.0\.\d+\.\d+$/)
      .and.to.not.equal(two?.address);
    expect([one?.cpuCapacity(), two?.cpuCapacity()]).to.deep.equal([2, 4]);
    await world.infrastructure.deployed();
    expect([one?.cpuCapacity(), two?.cpuCapacity()]).to.deep.equal([0.8, 4]);
    expect((await two?.usage?.())?.memoryTotalMiB).to.equal(8192);
    expect(() => world.infrastructure.host('node3')).to.throw(AttituneError, 'node1, node2');
  });

  it('takes all down again where a host cannot be made', async () => {
    const world = new TestWorld({ hosts: 0 });
    expect(await codeOf(up(world, deployment({}, { cpus: 'many' })))).to.equal('value');
    expect(await codeOf(up(world, deployment({ memory: 'much' })))).to.equal('value');
    expect(await codeOf(up(world, deployment({}), AbortSignal.abort()))).to.equal('cancelled');
    expect(world.infrastructure.hosts()).to.deep.equal([]);
    await up(world, deployment({}));
    expect(world.infrastructure.hosts()).to.have.length(1);
  });

  it('prepares a domain once, and gives its address to no other until it is released', async () => {
    const { infrastructure } = new TestWorld();
    const request = { name: 'Machine_1', image: 'tomcat', memoryMiB: 384, vcpus: 1, host: 'host1' };
    const first = await infrastructure.prepareDomain(request);
    expect(await infrastructure.prepareDomain(request)).to.deep.equal(first);
    const second = await infrastructure.prepareDomain({ ...request, name: 'Machine_2' });
    expect(second.address).to.not.equal(first.address);
    await infrastructure.releaseDomain('Machine_1');
    expect((await infrastructure.prepareDomain({ ...request, name: 'Machine_3' })).address).to.equal(first.address);
    expect(await codeOf(infrastructure.prepareDomain({ ...request, host: 'nowhere' }))).to.equal('unknown-host');
  });

  it('boots and shuts down in their time, and tells of it', async () => {
    const world = new TestWorld();
    const { hypervisor } = world.infrastructure.host('host1');
    const events: DomainEvent[] = [];
    await world.settle(hypervisor.onDomainEvent((event) => events.push(event)));
    const { description } = await world.infrastructure.prepareDomain({
      name: 'vm',
      image: 'tomcat',
      memoryMiB: 384,
      vcpus: 1,
      host: 'host1',
    });
    await world.settle(hypervisor.create(description));
    const ping = () => codeOf(world.settle(hypervisor.guestAgent('vm', { execute: 'guest-ping' })));
    expect(await ping()).to.equal('guest-agent');
    await world.clock.advance(4000);
    expect(await ping()).to.equal('resolved');
    await world.settle(hypervisor.shutdown('vm'));
    expect(await world.settle(hypervisor.list())).to.have.length(1);
    await world.clock.advance(2000);
    expect(await world.settle(hypervisor.list())).to.deep.equal([]);
    expect(events.map(({ kind, detail }) => `${kind} ${detail}`)).to.deep.equal([
      'started booted',
      'resumed unpaused',
      'shutdown finished',
      'stopped shutdown',
    ]);
  });

  it('promises no more memory than there is, for a domain that is created and for one that migrates', async () => {
    const world = new TestWorld({ hostMemoryMiB: 1024 });
    const create = (name: string, host: string) => codeOf(world.boot(name, host, 384));
    expect(await create('a', 'host1')).to.equal('resolved');
    expect(await create('b', 'host1')).to.equal('resolved');
    expect(await create('c', 'host1')).to.equal('hypervisor');
    expect(await create('d', 'host2')).to.equal('resolved');
    expect(await codeOf(world.settle(world.migrate('a', 'host1', 'host2')))).to.equal('resolved');
    expect(await codeOf(world.settle(world.migrate('b', 'host1', 'host2')))).to.equal('migration-failed');
  });

  it('tells migration events in the order of libvirt, and counts CPU time anew on the target', async () => {
    const world = new TestWorld();
    await world.boot('vm');
    const source = world.infrastructure.host('host1').hypervisor;
    const target = world.infrastructure.host('host2').hypervisor;
    const events: string[] = [];
    for (const hypervisor of [source, target]) {
      const listen = ({ kind, detail }: DomainEvent) => events.push(`${hypervisor.host} ${kind} ${detail}`);
      await world.settle(hypervisor.onDomainEvent(listen));
    }
    await world.clock.advance(60_000);
    await world.settle(world.migrate('vm', 'host1', 'host2'));
    expect(events).to.deep.equal([
      'host2 started migrated',
      'host1 suspended migrated',
      'host2 resumed migrated',
      'host1 stopped migrated',
    ]);
    const [there] = await world.settle(target.statistics());
    expect(there?.cpuSeconds).to.be.within(0, 0.01);
  });

  it('keeps the files and processes of a guest while it moves, and serves its executor on the way', async () => {
    const world = new TestWorld();
    await world.boot('vm');
    let place = 'host1';
    const guest = world.infrastructure.guest('vm', () => world.infrastructure.host(place));
    await world.settle(guest.put('/etc/motd', 'hello'));
    const { pid } = await world.settle(guest.start({ argv: ['/opt/server'] }));
    const migration = world.migrate('vm', 'host1', 'host2').then(() => {
      place = 'host2';
    });
    for (let call = 0; call < 40; call += 1) expect(await world.settle(guest.get('/etc/motd'))).to.equal('hello');
    await world.settle(migration);
    expect(await world.settle(guest.isRunning(pid))).to.equal(true);
  });
});
