import { expect } from 'chai';
import type { DeploymentDiagram } from '../../../core/model/deployment.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { SystemRepresentation } from '../../../core/model/system-representation.js';
import { LibvirtInfrastructure } from '../../../wrappers/hosts/index.js';
import { failure, FleetWorld } from './fleet-world.js';

const place = { file: 'test.deployment.xml', line: 1, column: 1 };

function deployment(hypervisor: string, hosts: readonly string[]): DeploymentDiagram {
  return {
    name: 'test',
    file: '/test.deployment.xml',
    files: [],
    events: [],
    classes: [],
    associations: [],
    probes: [],
    constraints: [],
    diagrams: [],
    policies: [],
    hostFamilies: [
      {
        name: 'servers',
        hypervisor,
        place,
        hosts: hosts.map((name) => {
          const attributes = { addresses: '10.0.0.100-10.0.0.109/24', bridge: 'br0', pool: 'attitune' };
          return { name, uri: `qemu+tls://${name}/system`, attributes, place };
        }),
      },
    ],
  };
}

describe('libvirt hosts as an infrastructure', () => {
  let world: FleetWorld;
  let infrastructure: LibvirtInfrastructure;
  const options = { signal: new AbortController().signal, onProgress: () => undefined };
  const request = { name: 'Machine_1', image: 'debian', memoryMiB: 256, vcpus: 1, host: 'host1' };
  const settle = <T>(promise: Promise<T>) => world.settle(promise);
  const made = () =>
    new LibvirtInfrastructure({
      clock: world.clock,
      http: world.infrastructure.http,
      load: world.infrastructure.load,
      preparer: world.preparer,
      connect: ({ name }) =>
        name === 'dead'
          ? Promise.reject(new AttituneError('host-unreachable', `${name} does not answer.`))
          : Promise.resolve(world.infrastructure.connect(name)),
      guestExecutor: (domain, host) => world.infrastructure.guest(domain, host),
    });
  beforeEach(async () => {
    world = new FleetWorld();
    infrastructure = made();
    await settle(infrastructure.up(deployment('libvirt', ['host1', 'host2']), undefined, options));
  });

  it('connects to the hosts, which are told apart from this machine', async () => {
    expect(infrastructure.hosts().map(({ name }) => name)).to.deep.equal(['host1', 'host2']);
    const host = infrastructure.host('host1');
    expect(host).to.include({ local: false, address: 'host1', migrationUri: 'qemu+tls://host1/system' });
    expect(host.cpuCapacity()).to.be.at.least(1);
    expect(await settle(host.usage!())).to.include.keys('cpuBusySeconds', 'memoryUsedMiB');
    expect((await failure(host.executor.run({ argv: ['true'] }))).message).to.contain('only its virtual machines');
    expect(() => infrastructure.host('host9')).to.throw(/host1, host2/);
  });

  it('rejects with all connections closed where one host cannot be reached, or is of another kind', async () => {
    const other = made();
    const up = (diagram: DeploymentDiagram) => failure(settle(other.up(diagram, undefined, options)));
    expect((await up(deployment('libvirt', ['host1', 'dead']))).code).to.equal('host-unreachable');
    expect(other.hosts()).to.deep.equal([]);
    expect((await up(deployment('none', ['host1']))).code).to.equal('hypervisor');
  });

  it('prepares a domain once, with an address, and starts it as a transient one', async () => {
    const prepared = await settle(infrastructure.prepareDomain(request));
    expect(await settle(infrastructure.prepareDomain(request))).to.equal(prepared);
    expect(prepared.address).to.equal('10.0.0.100');
    expect((await settle(infrastructure.prepareDomain({ ...request, name: 'Machine_2' }))).address).to.equal(
      '10.0.0.101',
    );
    await settle(infrastructure.host('host1').hypervisor.create(prepared.description));
    expect((await settle(infrastructure.host('host1').hypervisor.list()))[0]).to.include({ persistent: false });
  });

  it('finds what a former manager started, and prepares nothing anew for it', async () => {
    const prepared = await settle(infrastructure.prepareDomain(request));
    await settle(infrastructure.host('host1').hypervisor.create(prepared.description));
    await settle(infrastructure.down());
    const next = made();
    await settle(next.up(deployment('libvirt', ['host1', 'host2']), undefined, options));
    const found = await settle(next.prepareDomain({ ...request, host: 'host2' }));
    expect(found.address).to.equal(prepared.address);
    expect(found.description.uuid).to.equal(prepared.description.uuid);
  });

  it('deletes the disks of what is gone, never of what is there, and none of others', async () => {
    const prepared = await settle(infrastructure.prepareDomain(request));
    const { hypervisor } = infrastructure.host('host1');
    await settle(hypervisor.create(prepared.description));
    expect((await failure(settle(infrastructure.releaseDomain('Machine_1')))).code).to.equal('domain-state');
    await settle(hypervisor.destroy('Machine_1'));
    await settle(infrastructure.releaseDomain('Machine_1'));
    expect(await world.left()).to.deep.equal([]);
    await settle(
      hypervisor.storage.createVolume('attitune', { name: 'Machine_1.qcow2', format: 'qcow2', capacityBytes: 2 ** 30 }),
    );
    await settle(infrastructure.releaseDomain('Machine_1'));
    expect((await failure(settle(infrastructure.prepareDomain(request)))).code).to.equal('storage-exists');
    expect(await world.left()).to.deep.equal(['Machine_1.qcow2']);
  });

  it('takes the disks again of a machine that this deployment has started before, and deletes them when it is stopped', async () => {
    await settle(infrastructure.prepareDomain(request));
    await settle(infrastructure.down());
    const next = made();
    const started = { components: [{ name: 'Machine_1', attributes: new Map([['home', 'host1']]) }] };
    const system = started as unknown as SystemRepresentation;
    await settle(next.up(deployment('libvirt', ['host1', 'host2']), system, options));
    const again = await settle(next.prepareDomain(request));
    expect(again.description.disks[0]?.path).to.contain('Machine_1.qcow2');
    await settle(next.releaseDomain('Machine_1'));
    expect(await world.left()).to.deep.equal([]);
  });

  it('leaves all that runs where it is when it goes down', async () => {
    const prepared = await settle(infrastructure.prepareDomain(request));
    await settle(infrastructure.host('host1').hypervisor.create(prepared.description));
    await settle(infrastructure.down());
    await settle(infrastructure.down());
    expect(await world.left()).to.deep.equal(['Machine_1 on host1', 'Machine_1.qcow2']);
  });
});
