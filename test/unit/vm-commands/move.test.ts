import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { contentOf, listHosts, listPools } from '../../../core/app/vm/list-hosts.js';
import { moveVms, planMoves } from '../../../core/app/vm/move-vms.js';
import { scaleOrMigrate } from '../../../core/app/vm/scale-or-migrate.js';
import { failure, FleetWorld } from './fleet-world.js';

const OTHER_UUID = '0b7b1b0e-0000-4000-8000-000000000001';

describe('moving and scaling by commands', () => {
  let world: FleetWorld;
  const settle = <T>(promise: Promise<T>) => world.settle(promise);
  const move = async (names: readonly string[], to?: string) => {
    const moves = await settle(planMoves(world.fleet, names, to, world.task));
    return settle(moveVms(world.fleet, moves, {}, world.task));
  };
  beforeEach(async () => {
    world = new FleetWorld(['4 GiB', '4 GiB', '2 GiB']);
    for (const name of ['a', 'b']) await world.create({ name, host: 'host1', memoryMiB: 256, maxMemoryMiB: 3000 });
  });

  it('migrates several to the host that is named', async () => {
    const outcomes = await move(['a', 'b'], 'host2');
    for (const { result } of outcomes) expect(result).to.include({ from: 'host1', to: 'host2', mode: 'live' });
    expect(await world.left()).to.include.members(['a on host2', 'b on host2']);
    expect(world.steps).to.include('2 migrations');
  });

  it('sends each to the host with most free memory, and counts those before it', async () => {
    await world.create({ name: 'c', host: 'host2', memoryMiB: 2000 });
    const moves = await settle(planMoves(world.fleet, ['a', 'b'], undefined, world.task));
    expect(moves.map(({ to }) => to.name)).to.deep.equal(['host2', 'host3']);
    expect(world.said.join('\n')).to.contain('a goes to host2').and.contain('b goes to host3');
  });

  it('refuses a host that there is not, one named twice, and where it is already', async () => {
    expect((await failure(move(['a'], 'host9'))).code).to.equal('unknown-host');
    expect((await failure(move(['a', 'a'], 'host2'))).code).to.equal('usage');
    const [outcome] = await move(['a'], 'host1');
    expect(outcome?.error?.code).to.equal('migration-refused');
  });

  it('goes on with the others where one fails', async () => {
    const { description } = await settle(world.host('host1').hypervisor.describe('a'));
    await settle(world.host('host2').hypervisor.define({ ...description, uuid: OTHER_UUID, disks: [] }));
    const outcomes = await move(['a', 'b'], 'host2');
    expect(outcomes[0]?.error?.code).to.equal('migration-refused');
    expect(outcomes[1]?.result?.to).to.equal('host2');
  });

  it('is aborted by Ctrl-C, and says where each is', async () => {
    world.infrastructure.faults.migrationsStall();
    world.clock.setTimeout(() => world.abort.abort(new AttituneError('cancelled', 'Stopped.')), 3000);
    const outcomes = await move(['a', 'b'], 'host2');
    for (const { error } of outcomes) {
      expect(error?.code).to.equal('migration-aborted');
      expect(error?.message).to.contain('it is running on host1');
    }
  });

  it('scales where there is room, and says why not where there is none', async () => {
    const scaled = await settle(scaleOrMigrate(world.fleet, 'a', { memory: '512 MiB' }, false, world.task));
    expect(scaled).to.deep.include({ host: 'host1', changed: true, size: { memoryMiB: 512, vcpus: 1 } });
    const beyond = await failure(settle(scaleOrMigrate(world.fleet, 'a', { memory: '3100 MiB' }, true, world.task)));
    expect(beyond.code).to.equal('value');
  });

  it('migrates first where its host has no room, if it may', async () => {
    await world.create({ name: 'c', host: 'host1', memoryMiB: 2000 });
    const change = { memory: '2500 MiB' };
    const refused = await failure(settle(scaleOrMigrate(world.fleet, 'a', change, false, world.task)));
    expect(refused.code).to.equal('no-capacity');
    const scaled = await settle(scaleOrMigrate(world.fleet, 'a', change, true, world.task));
    expect(scaled).to.deep.include({ from: 'host1', host: 'host2', size: { memoryMiB: 2500, vcpus: 1 } });
    expect(await world.left()).to.include('a on host2');
  });

  it('lists hosts and pools, and what is to be moved away', async () => {
    await world.create({ name: 'off', host: 'host1', memoryMiB: 128, start: false });
    const [host] = await settle(listHosts(world.fleet));
    expect(host).to.deep.include({ name: 'host1', memoryMiB: 4096, running: 2, vms: 3, domainType: 'kvm' });
    expect(host?.cpuPercent).to.be.within(0, 100);
    const pools = await settle(listPools(world.fleet));
    expect(pools.filter(({ used }) => used).map(({ host: on }) => on)).to.deep.equal(['host1', 'host2', 'host3']);
    expect(await settle(contentOf(world.fleet, 'host1'))).to.deep.equal({ active: ['a', 'b'], off: ['off'] });
  });
});
