import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import { Component } from '../../core/model/component.js';
import type { CgroupLocation, HostAccess } from '../../core/model/infrastructure.js';
import type { Probe, ProbeTarget } from '../../core/model/probe.js';
import { CpuProbe } from '../../probes/cpu.probe.js';
import { LoadProbe } from '../../probes/load.probe.js';
import { MemoryProbe } from '../../probes/memory.probe.js';
import { DomainStatisticsSource } from '../../probes/sources/domain-statistics.js';
import { SystemInformationMachine } from '../../probes/sources/local-machine.js';

/** Cgroups that this machine may have: v1's root, and the first group of v2 that has a CPU controller. */
const CGROUPS: readonly CgroupLocation[] = [
  { version: 1, cpu: '/sys/fs/cgroup/cpu', cpuacct: '/sys/fs/cgroup/cpuacct', memory: '/sys/fs/cgroup/memory' },
  {
    version: 1,
    cpu: '/sys/fs/cgroup/cpu,cpuacct',
    cpuacct: '/sys/fs/cgroup/cpu,cpuacct',
    memory: '/sys/fs/cgroup/memory',
  },
  {
    version: 2,
    cpu: '/sys/fs/cgroup/system.slice',
    cpuacct: '/sys/fs/cgroup/system.slice',
    memory: '/sys/fs/cgroup/system.slice',
  },
];

function exists({ version, cpu, cpuacct }: CgroupLocation): boolean {
  return version === 1
    ? existsSync(`${cpuacct}/cpuacct.usage`) && existsSync(`${cpu}/cpu.cfs_quota_us`)
    : existsSync(`${cpu}/cpu.max`);
}

/** This machine as a host; what needs a hypervisor or an executor must not be asked. */
function thisMachine(cgroup?: CgroupLocation): ProbeTarget {
  const refuse = new Proxy(
    {},
    {
      get: (_, name) => {
        throw new TypeError(`a probe of this machine asked for ${String(name)}`);
      },
    },
  );
  const host: HostAccess = {
    name: 'here',
    address: '127.0.0.1',
    hypervisor: refuse as HostAccess['hypervisor'],
    executor: refuse as HostAccess['executor'],
    migrationUri: '',
    cpuCapacity: () => 1,
    local: true,
    ...(cgroup ? { cgroup } : {}),
  };
  return {
    component: new Component({ name: 'here', className: 'servers', kind: 'host' }),
    host: () => host,
    domain: () => undefined,
    parameters: {},
    clock: new SystemClock(),
    http: refuse as ProbeTarget['http'],
  };
}

/** Keeps one CPU busy for a while, so that there is something to be measured. */
function burn(ms: number): void {
  const until = Date.now() + ms;
  while (Date.now() < until) Math.sqrt(until);
}

async function twice(probe: Probe, target: ProbeTarget): Promise<(number | undefined)[]> {
  const instance = probe.attach(target);
  const { signal } = new AbortController();
  const first = await instance.read(signal);
  burn(400);
  return [first, await instance.read(signal)];
}

describe('probes on this machine', () => {
  const local = new SystemInformationMachine();
  const domains = new DomainStatisticsSource();
  const cgroup = CGROUPS.find(exists);

  it('measure its CPUs through systeminformation', async () => {
    const [first, second] = await twice(new CpuProbe(local, domains), thisMachine());
    expect(first).to.equal(undefined);
    expect(second).to.be.within(0.01, 1);
  });

  it('measure its memory through systeminformation', async () => {
    const share = await new MemoryProbe(local, domains).attach(thisMachine()).read(new AbortController().signal);
    expect(share).to.be.within(0.001, 1);
  });

  it('measure its load', async function () {
    if (!existsSync('/proc/loadavg')) return this.skip();
    const load = await new LoadProbe(local).attach(thisMachine()).read(new AbortController().signal);
    expect(load).to.be.within(0, 10_000);
  });

  it(`measure the CPU time and memory of a cgroup${cgroup ? ` (v${cgroup.version})` : ': skipped, none with a CPU controller is mounted under /sys/fs/cgroup'}`, async function () {
    if (!cgroup) return this.skip();
    const [first, second] = await twice(new CpuProbe(local, domains), thisMachine(cgroup));
    expect(first).to.equal(undefined);
    // a group that this process is not in may be idle
    expect(second).to.be.within(0, 1);
    const share = await new MemoryProbe(local, domains).attach(thisMachine(cgroup)).read(new AbortController().signal);
    expect(share).to.be.within(0, 1);
  });
});
