import { expect } from 'chai';
import { Component } from '../../../core/model/component.js';
import type { HttpResponse } from '../../../core/model/executor.js';
import type { Hypervisor } from '../../../core/model/hypervisor.js';
import type { HostAccess } from '../../../core/model/infrastructure.js';
import { HttpLatencyProbe } from '../../../probes/http-latency.probe.js';
import { LoadProbe } from '../../../probes/load.probe.js';
import { MemoryProbe } from '../../../probes/memory.probe.js';
import { DomainStatisticsSource } from '../../../probes/sources/domain-statistics.js';
import { host, MeteredHypervisor, patient, target, TextMachine } from './world.js';

const usage = {
  at: 0,
  cpuBusySeconds: 0,
  cpuCapacity: 1,
  memoryUsedMiB: 512,
  memoryTotalMiB: 2048,
  load: [3, 2, 1] as const,
};

describe('memory probe', () => {
  const probe = new MemoryProbe(new TextMachine(), new DomainStatisticsSource());
  const share = (one: HostAccess, domain?: string) =>
    probe.attach(target({ host: () => one, ...(domain === undefined ? {} : { domain }) })).read(patient);

  it('of hosts: own meter, cgroup, this machine, /proc/meminfo', async () => {
    const files = new Map([
      ['/m/memory.current', '268435456\n'],
      ['/m/memory.max', '536870912\n'],
      ['/m/memory.stat', 'inactive_file 0\n'],
      ['/proc/meminfo', 'MemTotal:        2048 kB\nMemAvailable:    1024 kB\n'],
    ]);
    const cgroup = { version: 2, cpu: '/c', cpuacct: '/c', memory: '/m' } as const;
    expect(await share(host('host1', { usage: () => Promise.resolve(usage), cgroup, files }))).to.equal(0.25);
    expect(await share(host('host1', { cgroup, files }))).to.equal(0.5);
    expect(await share(host('host1', { local: true }))).to.equal(0.75);
    expect(await share(host('host1', { files }))).to.equal(0.5);
  });

  it('of VMs: what the hypervisor holds for them', async () => {
    const hypervisor = new MeteredHypervisor();
    hypervisor.domains
      .set('Machine_1', { residentMiB: 96 })
      .set('Machine_2', { residentMiB: 400 })
      .set('Machine_3', {});
    const one = host('host1', { hypervisor: hypervisor as unknown as Hypervisor });
    expect(await share(one, 'Machine_1')).to.equal(0.25);
    expect(await share(one, 'Machine_2')).to.equal(1);
    expect(await fault(share(one, 'Machine_3'))).to.include('does not tell how much memory Machine_3 uses');
  });
});

describe('load probe', () => {
  const local = new TextMachine();
  local.files.set('/proc/loadavg', '0.50 0.40 0.30 1/93 10052\n');
  const probe = new LoadProbe(local);
  const load = (one: HostAccess, domain?: string) =>
    probe.attach(target({ host: () => one, ...(domain === undefined ? {} : { domain }) })).read(patient);

  it('is the load average over one minute: own meter, this machine, a remote one', async () => {
    const files = new Map([['/proc/loadavg', '7.25 1 1 1/1 1\n']]);
    expect(await load(host('host1', { usage: () => Promise.resolve(usage) }))).to.equal(3);
    expect(await load(host('host1', { local: true }))).to.equal(0.5);
    expect(await load(host('host1', { files }))).to.equal(7.25);
    expect(await fault(load(host('host1')))).to.equal('host1 has no file /proc/loadavg.');
  });

  it('says that it cannot look into a VM', async () => {
    expect(await fault(load(host('host1', { local: true }), 'Machine_1'))).to.include('measure "cpu"');
  });
});

describe('http-latency probe', () => {
  const probe = new HttpLatencyProbe();
  const asked: string[] = [];
  const respond = (status: number) => (url: string) => {
    asked.push(url);
    return Promise.resolve<HttpResponse>({ status, body: '', elapsedMs: 12 });
  };
  const tomcat = (attributes: Record<string, string> = {}) =>
    new Component({ name: 'Tomcat_1', className: 'Tomcat', kind: 'software', attributes });
  beforeEach(() => asked.splice(0));

  it('gets the url, or what address, port and path of the component make', async () => {
    const vm = new Component({
      name: 'Machine_1',
      className: 'Machine',
      kind: 'vm',
      attributes: { address: '10.1.0.9' },
    });
    const inside = tomcat({ port: '8080' });
    vm.add(inside);
    const cases: [Component, Record<string, string>, string | undefined, string][] = [
      [tomcat(), { url: 'http://web/x?y=1' }, undefined, 'http://web/x?y=1'],
      [tomcat({ address: '10.1.0.2', port: '8080' }), { path: 'app/' }, 'Machine_1', 'http://10.1.0.2:8080/app/'],
      [tomcat({ address: 'fd00::2' }), { port: '81' }, 'Machine_1', 'http://[fd00::2]:81/'],
      [inside, {}, 'Machine_1', 'http://10.1.0.9:8080/'],
      [tomcat(), {}, undefined, 'http://10.0.0.1:80/'],
    ];
    for (const [component, parameters, domain, url] of cases) {
      const parts = { host: () => host('host1'), component, parameters, respond: respond(200) };
      const instance = probe.attach(target(domain === undefined ? parts : { ...parts, domain }));
      expect(await instance.read(patient)).to.equal(12);
      expect(asked.pop()).to.equal(url);
    }
  });

  it('refuses parameters that cannot be, with their place', () => {
    const place = { file: 'web.deployment.xml', line: 18, column: 3 };
    for (const parameters of [{ url: 'ftp://x' }, { url: 'http://x', port: '80' }, { port: '0' }, { timeout: '5' }]) {
      expect(() => probe.check(parameters, place))
        .to.throw()
        .that.deep.includes({ code: 'value', place });
    }
    expect(() => probe.check({ port: '8080', path: '/', timeout: '2 s' }, place)).not.to.throw();
  });

  it('has no latency where the request failed, was answered by an error, or cannot be made', async () => {
    const read = (parts: Partial<Parameters<typeof target>[0]>) =>
      probe.attach(target({ host: () => host('host1'), component: tomcat(), ...parts })).read(patient);
    expect(await fault(read({}))).to.equal('http://10.0.0.1:80/');
    expect(await fault(read({ respond: respond(503) }))).to.equal('http://10.0.0.1:80/ was answered with status 503.');
    expect(await fault(read({ domain: 'Machine_1', respond: respond(200) }))).to.include('has no address now');
    expect(await fault(read({ parameters: { port: 'x' }, respond: respond(200) }))).to.include(
      '"x" is not a whole number',
    );
    expect(await fault(read({ parameters: { url: 'nowhere' }, respond: respond(200) }))).to.include('is not a URL');
  });
});

function fault(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'nothing failed',
    (error: unknown) => (error as Error).message,
  );
}
