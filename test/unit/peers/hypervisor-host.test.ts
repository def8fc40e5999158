import { expect } from 'chai';
import fc from 'fast-check';
import { HypervisorPeerHost } from '../../../core/peers/hypervisor-peer-host.js';
import { LoadSource } from '../../../core/peers/load-source.js';
import { redistribute, type Sharer } from '../../../core/peers/redistribute.js';
import { migrateVm } from '../../../wrappers/vm/migrate-vm.js';
import { TestWorld } from '../simulated/world.js';

/** Hosts with 4 CPUs and no limit, and guests that boot at once. */
function machines() {
  const world = new TestWorld({ guestBootMs: 1000, hostMemoryMiB: 4096, physicalCpus: 4, hostCpus: 4 });
  const { clock, infrastructure } = world;
  const peer = (name: string) =>
    new HypervisorPeerHost({
      ...{ host: infrastructure.host(name), clock },
      migrate: (domain, to, signal) =>
        migrateVm({
          ...{ domain, clock, signal, queue: infrastructure.migrations, hosts: infrastructure.hosts() },
          ...{ from: infrastructure.host(name), to: infrastructure.host(to), report: () => undefined },
        }),
    });
  const busy = (name: string, host: string) =>
    world.settle(world.guest(name, host).start({ argv: ['sh', '-c', 'while true; do true; done'] }));
  return { world, peer, busy };
}

describe('a host with a hypervisor as the machine of a peer', () => {
  it('tells loads, memory and VMs, each with what it adds', async () => {
    const { world, peer, busy } = machines();
    for (const name of ['vm1', 'vm2', 'vm3']) await world.boot(name, 'host1', 256);
    await busy('vm1', 'host1');
    await busy('vm2', 'host1');
    await world.clock.advance(20 * 60_000);
    const host = peer('host1');
    const readings = await world.settle(host.readings());
    expect(readings.cpuLoadOne).to.be.closeTo(2, 0.2);
    expect(readings).to.include({ totalVmMemory: 768, localVmCount: 3, cpus: 4 });
    expect(readings.actualFreeMemory + readings.actualUsedMemory).to.equal(4096);
    const loads = Object.fromEntries((await world.settle(host.vms())).map(({ name, load }) => [name, load]));
    expect(loads['vm1']).to.be.closeTo(1, 0.05);
    expect(loads['vm3']).to.be.lessThan(0.1);
  });

  it('told right after a VM came or went, loads are what they come to', async () => {
    const { world, peer, busy } = machines();
    for (const name of ['vm1', 'vm2', 'vm3']) {
      await world.boot(name, 'host1', 256);
      await busy(name, 'host1');
    }
    await world.clock.advance(20 * 60_000);
    const [from, to] = [peer('host1'), peer('host2')];
    await world.settle(Promise.all([from.readings(), to.readings()]));
    await world.settle(from.migrate('vm1', 'host2', new AbortController().signal));
    await world.clock.advance(5000);
    const raw = (await world.infrastructure.host('host1').usage?.())?.load?.[0] ?? 0;
    expect(raw).to.be.greaterThan(2.7);
    const [left, came] = await world.settle(Promise.all([from.readings(), to.readings()]));
    expect(left.cpuLoadOne).to.be.closeTo(2, 0.2);
    expect(came.cpuLoadOne).to.be.closeTo(1, 0.2);
    await world.clock.advance(30_000);
    expect((await world.settle(from.readings())).cpuLoadOne).to.be.closeTo(2, 0.2);
    expect((await world.settle(to.readings())).cpuLoadOne).to.be.closeTo(1, 0.2);
  });

  it('on a host without CPU left, tells what its VMs want, not what they get', async () => {
    const world = new TestWorld({ guestBootMs: 1000, physicalCpus: 1, hostCpus: 1 });
    for (const name of ['vm1', 'vm2', 'vm3']) {
      await world.boot(name, 'host1', 128);
      const argv = ['sh', '-c', 'while true; do true; done'] as const;
      await world.settle(world.guest(name, 'host1').start({ argv: [...argv] }));
    }
    await world.clock.advance(20 * 60_000);
    const { clock, infrastructure } = world;
    const migrate = () => Promise.reject(new Error('not here'));
    const host = new HypervisorPeerHost({ host: infrastructure.host('host1'), clock, migrate });
    const vms = await world.settle(host.vms());
    for (const { load } of vms) expect(load).to.be.closeTo(1, 0.15);
  });

  it('adapts once, and then leaves things as they are', async () => {
    const world = new TestWorld({ guestBootMs: 1000, physicalCpus: 1, hostCpus: 1 });
    for (const name of ['busy', 'calm']) await world.boot(name, 'host1', 128);
    await world.settle(world.guest('busy', 'host1').start({ argv: ['sh', '-c', 'while true; do true; done'] }));
    await world.clock.advance(20 * 60_000);
    const { clock, infrastructure } = world;
    const migrate = () => Promise.reject(new Error('not here'));
    const host = new HypervisorPeerHost({ host: infrastructure.host('host1'), clock, migrate });
    const changes = await world.settle(host.adapt());
    expect(changes.join('\n')).to.contain('busy on host1 has the CPU weight');
    await world.clock.advance(60_000);
    expect(await world.settle(host.adapt())).to.deep.equal([]);
  });

  it('averages CPU counters where nobody tells a load', async () => {
    const { world, busy } = machines();
    await world.boot('vm1', 'host1', 256);
    await busy('vm1', 'host1');
    const host = world.infrastructure.host('host1');
    const { clock } = world;
    const meter = async () => {
      const usage = await host.usage?.();
      const { at = 0, cpuBusySeconds = 0, cpuCapacity = 0 } = usage ?? {};
      return { at, cpuBusySeconds, cpuCapacity };
    };
    const { name, executor, hypervisor } = host;
    const source = new LoadSource({ name, executor, hypervisor, usage: meter }, clock);
    expect(await source.read()).to.equal(undefined);
    for (let minute = 0; minute < 5; minute += 1) {
      await clock.advance(60_000);
      await source.read();
    }
    expect((await source.read())?.[0]).to.be.closeTo(1, 0.1);
  });
});

const sharer = fc.record({
  ...{ name: fc.uuid(), uuid: fc.uuid(), memoryMiB: fc.constant(256) },
  ...{ vcpus: fc.integer({ min: 1, max: 4 }), maxVcpus: fc.constant(4) },
  ...{ cpus: fc.double({ min: 0, max: 1, noNaN: true }), wants: fc.double({ min: 0, max: 4, noNaN: true }) },
});

describe('what the VMs of a host get of it', () => {
  const vm = (name: string, more: Partial<Sharer>): Sharer => ({
    ...{ name, uuid: name, memoryMiB: 256, vcpus: 1, maxVcpus: 1, cpus: 0, wants: 0 },
    ...more,
  });

  it('more virtual CPUs where it uses all of its own and the host has some left', () => {
    const vms = [vm('full', { cpus: 0.98, wants: 1, maxVcpus: 4 }), vm('calm', { cpus: 0.1, wants: 0.1, maxVcpus: 4 })];
    expect(redistribute(vms, 4)).to.deep.equal([{ kind: 'vcpus', vm: 'full', from: 1, to: 2 }]);
    expect(redistribute([vm('full', { cpus: 0.98, wants: 1 })], 4)).to.deep.equal([]);
  });

  it('weights as they want where the host has none left, and fewer virtual CPUs where they are not used', () => {
    const vms = [
      vm('hungry', { cpus: 0.5, wants: 1.5, vcpus: 2 }),
      vm('small', { cpus: 0.5, wants: 0.5, vcpus: 4, maxVcpus: 4 }),
    ];
    expect(redistribute(vms, 1)).to.deep.equal([
      { kind: 'vcpus', vm: 'small', from: 4, to: 3 },
      { kind: 'weight', vm: 'hungry', to: 150 },
      { kind: 'weight', vm: 'small', to: 50 },
    ]);
  });

  it('nothing any more once weights are what they should be', () => {
    fc.assert(
      fc.property(fc.array(sharer, { minLength: 2, maxLength: 8 }), (vms) => {
        const weighed = vms.map((each) => {
          const change = redistribute(vms, 0.01).find(({ vm: name, kind }) => name === each.name && kind === 'weight');
          return change ? { ...each, weight: change.to } : each;
        });
        const again = redistribute(weighed, 0.01).filter(({ kind }) => kind === 'weight');
        expect(again).to.deep.equal([]);
        for (const { kind, to } of redistribute(vms, 0.01)) if (kind === 'weight') expect(to).to.be.within(2, 10_000);
      }),
    );
  });
});
