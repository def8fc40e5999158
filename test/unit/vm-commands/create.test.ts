import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { SeededRandom } from '../../../core/model/random.js';
import { DomainPreparer } from '../../../wrappers/hosts/index.js';
import { failure, FleetWorld, type Failures } from './fleet-world.js';

describe('vm create', () => {
  let world: FleetWorld;
  beforeEach(() => (world = new FleetWorld()));

  it('makes a persistent machine with an address, a MAC and a UUID that no other has, and waits for its guest', async () => {
    const first = await world.create({ name: 'web', host: 'host1' });
    const second = await world.create({ name: 'db', host: 'host2' });
    expect([first.address, second.address]).to.deep.equal(['10.0.0.100', '10.0.0.101']);
    expect(first.mac)
      .to.match(/^52:54:00:/)
      .and.not.equal(second.mac);
    expect(first.uuid)
      .to.match(/^[0-9a-f]{8}-[0-9a-f]{4}-4/)
      .and.not.equal(second.uuid);
    const details = await world.settle(world.host('host1').hypervisor.describe('web'));
    expect(details).to.include({ state: 'running', persistent: true, autostart: false });
    expect(details.description.labels).to.deep.equal({ image: 'debian', address: '10.0.0.100' });
    expect(await world.left()).to.deep.equal(['db on host2', 'db.qcow2', 'web on host1', 'web.qcow2']);
  });

  it('gives no address that a stranger on the network answers at', async () => {
    world.strangers.add('10.0.0.100');
    expect((await world.create({ name: 'web', host: 'host1' })).address).to.equal('10.0.0.101');
    const error = await failure(world.create({ name: 'db', host: 'host1', address: '10.0.0.100' }));
    expect(error.code).to.equal('value');
    expect(await world.left()).to.deep.equal(['web on host1', 'web.qcow2']);
  });

  it('gives several that are made at a time addresses of their own, and says when there are no more', async () => {
    const made = await world.settle(
      Promise.all(['a', 'b', 'c', 'd'].map((name) => world.create({ name, host: 'host1', memoryMiB: 128 }))),
    );
    expect(new Set(made.map(({ address }) => address)).size).to.equal(4);
    const error = await failure(world.create({ name: 'e', host: 'host1', memoryMiB: 128 }));
    expect(error.code).to.equal('no-capacity');
    expect(error.message).to.contain('addresses');
    expect(await world.left()).to.not.include('e.qcow2');
  });

  it('takes the address that the guest got by DHCP where its host has no range', async () => {
    const dhcp = new FleetWorld(['4 GiB'], { bridge: 'br0' });
    const made = await dhcp.create({ name: 'web', host: 'host1' });
    expect(made.address).to.match(/^\d+\.\d+\.\d+\.\d+$/);
    expect((await failure(dhcp.create({ name: 'db', host: 'host1', address: '10.0.0.9' }))).message).to.contain('DHCP');
  });

  it('chooses the host with most free memory, and says why the others were not chosen', async () => {
    world = new FleetWorld(['1 GiB', '4 GiB', '3 GiB']);
    const made = await world.create({ name: 'web', memoryMiB: 1024 });
    expect(made.host).to.equal('host2');
    expect(made.why[0]).to.contain('host2 has');
    expect(made.why.join()).to.contain('host3 has 2').and.contain('needs 1024 MiB and host1 has');
    expect(world.said.join()).to.contain('host2');
  });

  it('refuses what fits nowhere with the reason of each host, and makes nothing', async () => {
    const large = await failure(world.create({ name: 'web', memoryMiB: 5000 }));
    expect(large.code).to.equal('no-capacity');
    expect(large.message).to.contain('host1 has').and.contain('host2 has');
    const wide = await failure(world.create({ name: 'web', vcpus: 100, host: 'host1' }));
    expect(wide.message).to.contain('needs 100 vCPUs');
    expect(await world.left()).to.deep.equal([]);
  });

  const impossible: readonly (readonly [string, Parameters<FleetWorld['create']>[0], string])[] = [
    ['a name with a slash', { name: '../etc/passwd' }, 'value'],
    ['a name with XML', { name: '<name>' }, 'value'],
    ['a name with quotes', { name: 'a"b' }, 'value'],
    ['an empty name', { name: '' }, 'value'],
    ['no memory', { name: 'web', memoryMiB: 0 }, 'value'],
    ['less than no memory', { name: 'web', memoryMiB: -1 }, 'value'],
    ['half a vCPU', { name: 'web', vcpus: 0.5 }, 'value'],
    ['a disk of nothing', { name: 'web', diskMiB: 0 }, 'value'],
    ['a maximum below what it has', { name: 'web', maxMemoryMiB: 100 }, 'value'],
    ['fewer vCPUs at most', { name: 'web', vcpus: 2, maxVcpus: 1 }, 'value'],
    ['an unknown host', { name: 'web', host: 'host9' }, 'unknown-host'],
    ['two networks', { name: 'web', host: 'host1', bridge: 'br0', network: 'default' }, 'value'],
    ['an unknown network', { name: 'web', host: 'host1', network: 'nowhere' }, 'no-capacity'],
  ];
  for (const [what, request, code] of impossible) {
    it(`refuses ${what}, and makes nothing`, async () => {
      expect((await failure(world.create({ host: 'host1', ...request }))).code).to.equal(code);
      expect(await world.left()).to.deep.equal([]);
    });
  }

  it('refuses a name that any host has, and lets the other one alone', async () => {
    await world.create({ name: 'web', host: 'host1' });
    const error = await failure(world.create({ name: 'web', host: 'host2' }));
    expect(error.code).to.equal('domain-exists');
    expect(error.message).to.contain('host1');
    expect(await world.left()).to.deep.equal(['web on host1', 'web.qcow2']);
  });

  it('refuses to make anything where a host is silent, unless told to', async () => {
    const error = await failure(world.create({ name: 'web', host: 'host1' }, world.without('host2')));
    expect(error.code).to.equal('host-unreachable');
    expect(error.message).to.contain('--ignore-unreachable');
    expect(await world.left()).to.deep.equal([]);
    const made = await world.create({ name: 'web', ignoreUnreachable: true }, world.without('host2'));
    expect(made.host).to.equal('host1');
  });

  const failing: readonly Failures[] = [
    { networks: 'before' },
    { list: 'before' },
    { describe: 'before' },
    { define: 'before' },
    { define: 'after' },
    { start: 'before' },
    { start: 'after' },
  ];
  for (const failures of failing) {
    const [[call, when] = []] = Object.entries(failures);
    it(`leaves nothing behind where ${call} fails ${when} it has done its work`, async () => {
      await world.create({ name: 'db', host: 'host1' });
      Object.assign(world.failures, failures);
      const error = await failure(world.create({ name: 'web', host: 'host1' }));
      expect(error.code).to.equal('hypervisor');
      expect(error.message).to.not.contain('Left behind');
      expect(await world.left()).to.deep.equal(['db on host1', 'db.qcow2']);
    });
  }

  it('leaves nothing behind where the guest never answers', async () => {
    const making = world.create({ name: 'web', host: 'host1' });
    world.onDisks = () => world.clock.setTimeout(() => world.infrastructure.faults.agentSilent('web'), 2000);
    const error = await failure(making);
    expect(error.code).to.equal('guest-agent');
    expect(await world.left()).to.deep.equal([]);
  });

  it('leaves nothing behind where the domain dies while it starts', async () => {
    world.onDisks = () => world.clock.setTimeout(() => world.infrastructure.faults.domainDies('web'), 2000);
    expect((await failure(world.create({ name: 'web', host: 'host1' }))).code).to.equal('domain-died');
    expect(await world.left()).to.deep.equal([]);
  });

  for (const afterMs of [0, 10, 50, 100, 500, 2000]) {
    it(`leaves nothing behind where Ctrl-C comes after ${afterMs} ms`, async () => {
      world.clock.setTimeout(() => world.abort.abort(new AttituneError('cancelled', 'Stopped.')), afterMs);
      expect((await failure(world.create({ name: 'web', host: 'host1' }))).code).to.equal('cancelled');
      expect(await world.left()).to.deep.equal([]);
    });
  }

  it('says what it had to leave behind, and touches no disk of a domain that may still run', async () => {
    world.onDisks = () => {
      world.failures.start = 'after';
      world.failures.undefine = 'before';
    };
    const error = await failure(world.create({ name: 'web', host: 'host1' }));
    expect(error.message)
      .to.contain('start fails here')
      .and.contain('Left behind')
      .and.contain('the disks of web on host1');
    expect(await world.left()).to.deep.equal(['web on host1', 'web.qcow2']);
  });

  it('gives way where another process made one with the same address at the same time, and tries again', async () => {
    const other = new DomainPreparer({ ...world.parts, random: new SeededRandom(9) });
    const [one, two] = await world.settle(
      Promise.allSettled([
        world.create({ name: 'web', host: 'host1' }),
        world.create({ name: 'db', host: 'host2' }, world.fleet, other),
      ]),
    );
    const addresses = [one, two].flatMap((each) => (each.status === 'fulfilled' ? [each.value.address] : []));
    expect(addresses).to.have.members(['10.0.0.100', '10.0.0.101']);
    expect(world.steps).to.include('web: removing what was made');
    expect(await world.left()).to.deep.equal(['db on host2', 'db.qcow2', 'web on host1', 'web.qcow2']);
  });

  it('only defines it where it shall not start', async () => {
    const made = await world.create({ name: 'web', host: 'host1', start: false });
    expect(made).to.include({ state: 'shutoff', address: '10.0.0.100' });
    // an address that is promised to one that is off stays its own
    expect((await world.create({ name: 'db', host: 'host1' })).address).to.equal('10.0.0.101');
  });
});
