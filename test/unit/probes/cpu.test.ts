import { expect } from 'chai';
import fc from 'fast-check';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Hypervisor } from '../../../core/model/hypervisor.js';
import type { HostAccess, NodeUsage } from '../../../core/model/infrastructure.js';
import { CpuProbe } from '../../../probes/cpu.probe.js';
import { rateBetween } from '../../../probes/sources/counter.js';
import { DomainStatisticsSource } from '../../../probes/sources/domain-statistics.js';
import { host, MeteredHypervisor, patient, target, TextMachine } from './world.js';

describe('cpu probe', () => {
  let clock: SimulatedClock;
  let local: TextMachine;
  let probe: CpuProbe;
  beforeEach(() => {
    clock = new SimulatedClock(1_000_000);
    local = new TextMachine();
    probe = new CpuProbe(local, new DomainStatisticsSource());
  });

  describe('of a VM', () => {
    let first: MeteredHypervisor;
    let second: MeteredHypervisor;
    let hosts: HostAccess[];
    let at: number;
    beforeEach(() => {
      first = new MeteredHypervisor();
      second = new MeteredHypervisor();
      hosts = [
        host('host1', { hypervisor: first as unknown as Hypervisor }),
        host('host2', { hypervisor: second as unknown as Hypervisor }),
      ];
      at = 0;
    });
    const machine = (domain: string) => probe.attach(target({ host: () => hosts[at] as HostAccess, domain, clock }));

    it('is the CPU time of its domain, by its virtual CPUs', async () => {
      const vm = machine('Machine_1');
      first.domains.set('Machine_1', { cpuSeconds: 10, vcpus: 2 });
      expect(await vm.read(patient)).to.equal(undefined);
      await clock.advance(1000);
      first.domains.set('Machine_1', { cpuSeconds: 11.5, vcpus: 2 });
      expect(await vm.read(patient)).to.equal(0.75);
    });

    it('cannot be told in the first reading after a migration, and is right in the next', async () => {
      for (const restarted of [0, 0.2, 10_000]) {
        at = 0;
        const vm = machine('Machine_1');
        first.domains.set('Machine_1', { cpuSeconds: 100 });
        await vm.read(patient);
        await clock.advance(1000);
        at = 1;
        second.domains.set('Machine_1', { cpuSeconds: restarted });
        expect(await vm.read(patient)).to.equal(undefined);
        await clock.advance(1000);
        second.domains.set('Machine_1', { cpuSeconds: restarted + 0.5 });
        expect(await vm.read(patient)).to.be.closeTo(0.5, 1e-9);
      }
    });

    it('cannot be told where the counter restarts on the same host, or the virtual CPUs change', async () => {
      const vm = machine('Machine_1');
      const seen: (number | undefined)[] = [];
      for (const known of [
        { cpuSeconds: 9 },
        { cpuSeconds: 1 },
        { cpuSeconds: 2 },
        { cpuSeconds: 3, vcpus: 2 },
        { cpuSeconds: 4, vcpus: 2 },
      ]) {
        first.domains.set('Machine_1', known);
        seen.push(await vm.read(patient));
        await clock.advance(1000);
      }
      expect(seen).to.deep.equal([undefined, undefined, 1, undefined, 0.5]);
    });

    it('asks a hypervisor once for all domains of a round', async () => {
      first.domains.set('Machine_1', {}).set('Machine_2', {});
      const both = [machine('Machine_1'), machine('Machine_2')];
      await Promise.all(both.map((vm) => vm.read(patient)));
      expect(first.asked).to.equal(1);
      await clock.advance(1000);
      await Promise.all(both.map((vm) => vm.read(patient)));
      expect(first.asked).to.equal(2);
    });

    it('asks again when the hypervisor failed, and waits only so long for one that hangs', async () => {
      first.domains.set('Machine_1', {});
      const vm = machine('Machine_1');
      first.gate = Promise.reject(new Error('connection reset'));
      expect(await fault(vm.read(patient))).to.include('connection reset');
      await clock.advance(1000);
      first.gate = new Promise(() => undefined);
      void vm.read(patient);
      await clock.advance(1000);
      void vm.read(patient);
      expect(first.asked).to.equal(2);
      await clock.advance(5000);
      first.gate = Promise.resolve();
      expect(await vm.read(patient)).to.equal(undefined);
      expect(first.asked).to.equal(3);
    });

    it('rejects where the domain is not on its host', async () => {
      expect(await fault(machine('Machine_9').read(patient))).to.equal('Machine_9 does not run on host1 now.');
    });
  });

  it("prefers a host's own meter to its cgroup, and that to the machine around it", async () => {
    let usage: NodeUsage = { at: 0, cpuBusySeconds: 0, cpuCapacity: 0.8 };
    const cgroup = { version: 2, cpu: '/c', cpuacct: '/c' } as const;
    const metered = probe.attach(
      target({ host: () => host('host1', { usage: () => Promise.resolve(usage), cgroup, local: true }), clock }),
    );
    await metered.read(patient);
    usage = { at: 2000, cpuBusySeconds: 0.8, cpuCapacity: 0.8 };
    expect(await metered.read(patient)).to.equal(0.5);

    const grouped = probe.attach(target({ host: () => host('host1', { cgroup, local: true }), clock }));
    local.files.set('/c/cpu.stat', 'usage_usec 1000000\n').set('/c/cpu.max', '40000 100000\n');
    await grouped.read(patient);
    await clock.advance(1000);
    local.files.set('/c/cpu.stat', 'usage_usec 1300000\n');
    expect(await grouped.read(patient)).to.be.closeTo(0.75, 1e-9);
  });

  it('takes the CPUs of the host where a cgroup has no quota, and its executor where the host is remote', async () => {
    const files = new Map([
      ['/a/cpuacct.usage', '1000000000\n'],
      ['/c/cpu.cfs_quota_us', '-1\n'],
      ['/c/cpu.cfs_period_us', '100000\n'],
    ]);
    const cgroup = { version: 1, cpu: '/c', cpuacct: '/a' } as const;
    const remote = probe.attach(target({ host: () => host('host1', { cgroup, files, cpuCapacity: () => 4 }), clock }));
    await remote.read(patient);
    await clock.advance(1000);
    files.set('/a/cpuacct.usage', '3000000000\n');
    expect(await remote.read(patient)).to.equal(0.5);
    // the lab sets its quota while it runs: readings across that say nothing
    files.set('/c/cpu.cfs_quota_us', '40000\n');
    await clock.advance(1000);
    expect(await remote.read(patient)).to.equal(undefined);
  });

  it('takes this machine for a local host, and the node counters of the hypervisor for a remote one', async () => {
    const here = probe.attach(target({ host: () => host('host1', { local: true }), clock }));
    await here.read(patient);
    local.counter = { ...local.counter, at: 1000, busySeconds: 3, totalSeconds: 4 };
    expect(await here.read(patient)).to.equal(0.75);

    const hypervisor = new MeteredHypervisor();
    const there = probe.attach(
      target({ host: () => host('host2', { hypervisor: hypervisor as unknown as Hypervisor }), clock }),
    );
    await there.read(patient);
    await clock.advance(1000);
    hypervisor.node = { busySeconds: 1, totalSeconds: 4, cpus: 4 };
    expect(await there.read(patient)).to.equal(0.25);
  });

  it('is a ratio in [0, 1] or nothing, whatever the counters say', () => {
    const counter = fc.record({
      source: fc.constantFrom('a', 'b'),
      at: fc.integer({ min: -1000, max: 1000 }),
      busySeconds: fc.double({ min: 0, max: 100 }),
      capacity: fc.constantFrom(0, 0.4, 2, NaN),
    });
    fc.assert(
      fc.property(fc.option(counter, { nil: undefined }), counter, (former, latter) => {
        const rate = rateBetween(former, latter);
        if (rate !== undefined) expect(rate).to.be.within(0, 1);
      }),
    );
  });
});

function fault(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing failed',
    (error: unknown) => (error as Error).message,
  );
}
