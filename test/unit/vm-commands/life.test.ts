import { expect } from 'chai';
import { findVm } from '../../../core/app/vm/find-vm.js';
import { destroyVm, rebootVm, resumeVm, shutdownVm, startVm, suspendVm } from '../../../core/app/vm/life.js';
import { listVms } from '../../../core/app/vm/list-vms.js';
import { undefineVm } from '../../../core/app/vm/undefine-vm.js';
import { failure, FleetWorld } from './fleet-world.js';

const OTHER_UUID = '0b7b1b0e-0000-4000-8000-000000000001';
const start = { ignoreUnreachable: false, bootTimeoutMs: 60_000, wait: true };

describe('the life of a virtual machine by commands', () => {
  let world: FleetWorld;
  const settle = <T>(promise: Promise<T>) => world.settle(promise);
  const state = async () => (await settle(findVm(world.fleet, 'web'))).domain.state;
  beforeEach(async () => {
    world = new FleetWorld();
    await world.create({ name: 'web', host: 'host1' });
  });

  it('is suspended and resumed, and saying it twice changes nothing', async () => {
    expect(await settle(suspendVm(world.fleet, 'web'))).to.include({ changed: true, host: 'host1' });
    expect(await state()).to.equal('paused');
    expect(await settle(suspendVm(world.fleet, 'web'))).to.include({ changed: false });
    expect(await settle(resumeVm(world.fleet, 'web'))).to.include({ changed: true });
    expect(await settle(resumeVm(world.fleet, 'web'))).to.include({ changed: false });
    expect(await state()).to.equal('running');
  });

  it('shuts down, keeps its definition, and starts again', async () => {
    const down = await settle(shutdownVm(world.fleet, 'web', 60_000, world.task));
    expect(down).to.include({ changed: true, state: 'shut down' });
    expect(await state()).to.equal('shutoff');
    expect(await settle(shutdownVm(world.fleet, 'web', 60_000, world.task))).to.include({ changed: false });
    expect(await settle(startVm(world.fleet, 'web', start, world.task))).to.include({ changed: true });
    expect(await settle(startVm(world.fleet, 'web', start, world.task))).to.include({ changed: false });
    expect(await state()).to.equal('running');
  });

  it('loses its power where it does not shut down in time, or cannot', async () => {
    expect(await settle(shutdownVm(world.fleet, 'web', 1, world.task))).to.include({ state: 'powered off' });
    expect(world.said.join()).to.contain('its power is cut');
    await settle(startVm(world.fleet, 'web', start, world.task));
    await settle(suspendVm(world.fleet, 'web'));
    expect(await settle(shutdownVm(world.fleet, 'web', 60_000, world.task))).to.include({ state: 'powered off' });
  });

  it('reboots, and is waited for', async () => {
    expect(await settle(rebootVm(world.fleet, 'web', 60_000, world.task))).to.include({ state: 'running' });
    await settle(destroyVm(world.fleet, 'web'));
    expect((await failure(settle(rebootVm(world.fleet, 'web', 60_000, world.task)))).message).to.contain(
      'vm start web',
    );
  });

  it('cannot be started, resumed or suspended where it is not, with what to do', async () => {
    await settle(destroyVm(world.fleet, 'web'));
    expect(await settle(destroyVm(world.fleet, 'web'))).to.include({ changed: false });
    for (const act of [suspendVm, resumeVm]) {
      const error = await failure(settle(act(world.fleet, 'web')));
      expect(error.code).to.equal('domain-state');
      expect(error.message).to.contain('attitune vm start web');
    }
    const unknown = await failure(settle(suspendVm(world.fleet, 'wed')));
    expect(unknown.code).to.equal('domain-not-found');
    expect(unknown.message).to.contain('Did you mean "web"?');
  });

  it('is not started while a host is silent on which it could run already', async () => {
    await settle(destroyVm(world.fleet, 'web'));
    const without = world.without('host2');
    expect((await failure(settle(startVm(without, 'web', start, world.task)))).code).to.equal('host-unreachable');
    const all = { ...start, ignoreUnreachable: true };
    expect(await settle(startVm(without, 'web', all, world.task))).to.include({ changed: true });
  });

  it('may be on a host that is silent: that is said, and nothing done', async () => {
    const error = await failure(settle(destroyVm(world.without('host1'), 'web')));
    expect(error.code).to.equal('host-unreachable');
    expect(error.message).to.contain('it may be on host1');
  });

  it('is not touched where two hosts say that they run it', async () => {
    const { description } = await settle(world.host('host1').hypervisor.describe('web'));
    await settle(world.host('host2').hypervisor.create({ ...description, uuid: OTHER_UUID, disks: [] }));
    for (const act of [suspendVm, destroyVm]) {
      const error = await failure(settle(act(world.fleet, 'web')));
      expect(error.code).to.equal('domain-doubled');
      expect(error.message).to.contain('host1').and.contain('host2');
    }
  });

  it('is listed with all that is known of it', async () => {
    await world.create({ name: 'db', host: 'host2', start: false });
    const { vms: rows } = await settle(listVms(world.fleet));
    expect(rows.map(({ name, host, state: is }) => [name, host, is])).to.deep.equal([
      ['db', 'host2', 'shutoff'],
      ['web', 'host1', 'running'],
    ]);
    expect(rows[1]).to.deep.include({ vcpus: 1, memoryMiB: 512, addresses: ['10.0.0.100'], image: 'debian' });
    expect(rows[1]?.cpuPercent).to.be.within(0, 100);
    expect(rows[0]).to.not.have.property('cpuPercent');
  });

  it('is listed although another host stops answering meanwhile, which is told', async () => {
    world.infrastructure.faults.hostUnreachable('host2');
    const { vms, silent } = await settle(listVms(world.fleet));
    expect(vms.map(({ name }) => name)).to.deep.equal(['web']);
    expect(silent.map(({ name }) => name)).to.deep.equal(['host2']);
  });

  it('is undefined when it is off; its disks stay', async () => {
    expect((await failure(settle(undefineVm(world.fleet, 'web', true)))).message).to.contain('vm shutdown web');
    await settle(destroyVm(world.fleet, 'web'));
    const { disks, deleted } = await settle(undefineVm(world.fleet, 'web', false));
    expect([disks.length, deleted.length]).to.deep.equal([1, 0]);
    expect(await world.left()).to.deep.equal(['web.qcow2']);
  });

  it('takes its disks with it where it is told to', async () => {
    await settle(destroyVm(world.fleet, 'web'));
    const { deleted, kept } = await settle(undefineVm(world.fleet, 'web', true));
    expect([deleted.length, kept.length]).to.deep.equal([1, 0]);
    expect(await world.left()).to.deep.equal([]);
  });

  it('leaves a disk that another one has, too, or that another disk lies on', async () => {
    const { hypervisor } = world.host('host1');
    const { description } = await settle(hypervisor.describe('web'));
    const [disk] = description.disks;
    const twin = { name: 'twin', memoryMiB: 128, vcpus: 1, disks: [disk!] };
    await settle(world.host('host2').hypervisor.define(twin));
    await settle(destroyVm(world.fleet, 'web'));
    const { kept } = await settle(undefineVm(world.fleet, 'web', true));
    expect(kept.join()).to.contain('twin uses it, too');
    const overlay = { name: 'over.qcow2', format: 'qcow2' as const, capacityBytes: 2 ** 30 };
    await settle(
      hypervisor.storage.createVolume('attitune', { ...overlay, backing: { path: disk!.path, format: 'qcow2' } }),
    );
    const second = await settle(undefineVm(world.fleet, 'twin', true));
    expect(second.kept.join()).to.contain('over.qcow2 is an overlay on it');
    expect(await world.left()).to.include('web.qcow2');
  });
});
