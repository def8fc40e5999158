import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { RecentReadings } from '../../../core/loop/monitoring/recent-readings.js';
import { ClusterView } from '../../../core/loop/planning/cluster-view.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { ProbeUse } from '../../../core/model/deployment.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { componentClass, deploymentOf } from '../../support/deployments.js';

const place = { file: 'view.deployment.xml', line: 1, column: 1 };
const host = (name: string, attributes: Readonly<Record<string, string>> = {}) => ({
  name,
  uri: '',
  attributes,
  place,
});
const LATENCY: ProbeUse = {
  name: 'latency',
  measure: 'http-latency',
  of: 'Tomcat',
  everyMs: 1000,
  parameters: {},
  detectors: [{ type: 'k-of-n', raise: 'slow', parameters: { above: '200 ms' }, place }],
  place,
};

async function seen() {
  const deployment = deploymentOf({
    hostFamilies: [
      {
        name: 'servers',
        hypervisor: 'libvirt',
        hosts: [
          host('host1', { memoryReserved: '512 MiB', overcommitVcpus: '2', cpuModels: 'Haswell Skylake' }),
          host('host2'),
        ],
        place,
      },
      { name: 'front', hypervisor: 'libvirt', hosts: [host('gate')], place },
    ],
    classes: [
      componentClass('Machine', {
        wrapper: 'virtual-machine',
        hosts: 'servers',
        attributes: { memory: '384 MiB', vcpus: '2' },
      }),
      componentClass('Tomcat', { inside: 'Machine' }),
    ],
    probes: [LATENCY],
  });
  const clock = new SimulatedClock(1_000_000);
  const bus = new MemoryBus();
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  instantiate(system);
  const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
  await clock.runUntil(
    infrastructure.up(deployment, system, { signal: new AbortController().signal, onProgress: () => undefined }),
  );
  const vm = system.component('Machine_1');
  system.place(vm, system.component('host1'));
  system.place(system.component('Tomcat_1'), vm);
  vm.lifeCycle.enter('starting');
  vm.lifeCycle.enter('started');
  const migrating = new Set<string>();
  const view = new ClusterView(system, infrastructure, new RecentReadings(bus), clock, 3000, (name) =>
    migrating.has(name),
  );
  await clock.runUntil(view.learnHosts());
  const read = (component: string, measure: string, value: number | undefined, unit = 'ratio') =>
    bus.publish('reading', {
      probe: measure,
      measure,
      component,
      unit,
      at: clock.now(),
      durationMs: 1,
      ...(value === undefined ? {} : { value }),
    });
  const machine = () => view.snapshot().vms.find(({ name }) => name === 'Machine_1');
  return { clock, system, vm, view, read, machine, migrating };
}

describe('the cluster as the planner sees it', () => {
  it('has families, limits and CPU models of hosts, and keeps VMs within their family', async () => {
    const { view } = await seen();
    const { hosts, constraints } = view.snapshot();
    expect(hosts[0]).to.deep.include({
      name: 'host1',
      family: 'servers',
      memoryReservedMiB: 512,
      overcommit: { vcpus: 2 },
      cpuModels: ['Haswell', 'Skylake'],
    });
    expect(hosts[0]?.cpus).to.be.greaterThan(0);
    expect(hosts[1]?.memoryReservedMiB, 'what its own system uses').to.equal(256);
    expect(constraints?.map(({ type, of, on }) => [type, of, on])).to.deep.equal([['pin', 'Machine', 'host1 host2']]);
  });

  it('has the demand of a VM over its readings, as long as the last one is fresh', async () => {
    const { clock, read, machine } = await seen();
    for (const value of [0.1, 0.2, 0.3, 0.4]) {
      read('Machine_1', 'cpu', value);
      await clock.advance(1000);
    }
    expect(machine()?.demand, 'four readings are too few').to.equal(undefined);
    read('Machine_1', 'cpu', 0.5);
    expect(machine()).to.deep.include({ cpuUsed: 1 });
    expect(machine()?.demand).to.deep.include({ samples: 5, windowMs: 4000, p50: 0.6, max: 1 });
    await clock.advance(3500);
    expect(machine()).to.not.have.any.keys('cpuUsed', 'demand');
    read('Machine_1', 'cpu', undefined);
    expect(machine()).to.not.have.any.keys('cpuUsed', 'demand');
  });

  it('tells how strained the software inside is, by the limit of its detector', async () => {
    const { clock, read, machine } = await seen();
    expect(machine()).to.not.have.any.keys('strain');
    read('Tomcat_1', 'http-latency', 300, 'ms');
    expect(machine()?.strain).to.equal(1.5);
    await clock.advance(3500);
    expect(machine()).to.not.have.any.keys('strain');
  });

  it('tells what is locked, what migrates, and the groups of a VM', async () => {
    const { vm, machine, migrating } = await seen();
    expect(machine()).to.not.have.any.keys('locked');
    expect(machine()?.groups).to.deep.equal(['Tomcat']);
    vm.setAttribute('groups', 'gold  web');
    expect(machine()?.groups).to.deep.equal(['gold', 'web', 'Tomcat']);
    migrating.add('Machine_1');
    expect(machine()?.locked).to.equal('it is migrating');
    vm.setAttribute('locked', 'it has a dongle');
    expect(machine()?.locked).to.equal('it is locked: it has a dongle');
    vm.setAttribute('locked', 'yes');
    expect(machine()?.locked).to.equal('it is locked to its host');
    migrating.clear();
    vm.setAttribute('locked', 'no');
    expect(machine()).to.not.have.any.keys('locked');
  });

  it('remembers moves with what the VM used, and when it began', async () => {
    const { clock, vm, view, read, machine } = await seen();
    expect(view.snapshot()).to.not.have.any.keys('startedAt');
    view.begin();
    expect(view.snapshot().startedAt).to.equal(clock.now());
    read('Machine_1', 'cpu', 0.25);
    view.moved('Machine_1', { from: 'host2', to: 'host1' });
    expect(machine()?.movedAt).to.equal(clock.now());
    expect(machine()?.moves).to.deep.equal([{ at: clock.now(), from: 'host2', to: 'host1', cpu: 0.5 }]);
    expect(vm.attributes.get('moves')).to.equal(`${clock.now()} host2>host1 0.5`);
    view.moved('Machine_1', { from: 'host1', to: 'host1' });
    expect(machine()?.moves).to.have.length(1);
  });
});
