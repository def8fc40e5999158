import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Component } from '../../../core/model/component.js';
import type { DeploymentDiagram } from '../../../core/model/deployment.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { WrapperLibrary } from '../../../wrappers/language/wrapper-library.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { VirtualMachine } from '../../../wrappers/vm/virtual-machine.wrapper.js';

const place = { file: 'test', line: 1, column: 1 };
const host = (name: string) => ({ name, uri: `qemu+tls://${name}/system`, attributes: {}, place });
const some = { lower: 0, upper: Infinity };
const DEPLOYMENT: DeploymentDiagram = {
  name: 'test',
  file: '/test.deployment.xml',
  events: [],
  files: ['/test.deployment.xml'],
  hostFamilies: [{ name: 'servers', hypervisor: 'libvirt', hosts: [host('host1'), host('host2')], place }],
  classes: [
    {
      name: 'Machine',
      wrapper: 'virtual-machine',
      hosts: 'servers',
      initial: 0,
      attributes: { image: 'tomcat' },
      place,
    },
    { name: 'Tomcat', wrapper: 'tomcat', inside: 'Machine', initial: 0, attributes: {}, place },
    { name: 'Apache', wrapper: 'apache', hosts: 'servers', initial: 0, attributes: {}, place },
  ],
  associations: [{ name: 'workers', from: 'Apache', fromCardinality: some, to: 'Tomcat', toCardinality: some, place }],
  probes: [],
  constraints: [],
  diagrams: [],
  policies: [],
};

describe('the virtual-machine wrapper, on simulated hosts', () => {
  const library = new WrapperLibrary({ classes: [VirtualMachine] });
  let clock: SimulatedClock;
  let infrastructure: SimulatedInfrastructure;
  let system: SystemRepresentation;
  let machine: Component;
  let reports: { text: string; data: Readonly<Record<string, unknown>> | undefined }[];

  beforeEach(() => {
    clock = new SimulatedClock(1_000_000);
    infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    for (const entry of DEPLOYMENT.hostFamilies[0]?.hosts ?? []) infrastructure.addHost(entry);
    const defaults = (name: string) =>
      Object.fromEntries(
        (library.get(name)?.attributes ?? []).flatMap(({ name: key, defaultValue }) =>
          defaultValue === undefined ? [] : [[key, defaultValue]],
        ),
      );
    system = new SystemRepresentation(DEPLOYMENT, (name) => library.get(name)?.isNode === true, defaults);
    machine = system.create('Machine');
    system.place(machine, system.component('host1'));
    reports = [];
  });
  afterEach(() => infrastructure.down());

  function call(
    component: Component,
    operation: string,
    parameters: Readonly<Record<string, string>> = {},
    signal = new AbortController().signal,
  ) {
    const wrapper = library.get(system.classOf(component.className).wrapper);
    const report = (text: string, data?: Readonly<Record<string, unknown>>) => reports.push({ text, data });
    return clock.runUntil(
      wrapper?.invoke(operation, { component, system, infrastructure, parameters, signal, report }) ??
        Promise.reject(new Error('no wrapper')),
    );
  }
  const fails = async (promise: Promise<unknown>): Promise<AttituneError> => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError);
    return error as AttituneError;
  };
  const where = async () => {
    const lists = infrastructure
      .hosts()
      .map(async ({ name, hypervisor }) => ((await clock.runUntil(hypervisor.list())).length > 0 ? [name] : []));
    return (await Promise.all(lists)).flat();
  };

  it('is a node, and says what an instance needs', () => {
    expect(machine.kind).to.equal('vm');
    expect([...(library.get('virtual-machine')?.operations.keys() ?? [])]).to.deep.equal([
      'start',
      'stop',
      'suspend',
      'resume',
      'migrate',
      'scale',
      'alive',
    ]);
    expect(machine.attribute('memory')).to.equal('384 MiB');
  });

  it('starts its domain once, is alive, and stops', async () => {
    expect(await call(machine, 'start')).to.include({ host: 'host1', changed: true });
    expect(machine.attribute('address')).to.match(/^\d+\.\d+\.\d+\.\d+$/);
    expect(machine.attribute('home')).to.equal('host1');
    expect(await call(machine, 'start')).to.include({ changed: false });
    expect(await call(machine, 'alive')).to.deep.equal({ host: 'host1' });
    expect(await call(machine, 'stop')).to.deep.equal({ changed: true });
    expect(await where()).to.deep.equal([]);
    expect(machine.attributes.has('address')).to.equal(false);
    expect(await call(machine, 'stop')).to.deep.equal({ changed: false });
    expect((await fails(call(machine, 'alive'))).message).to.match(/Machine_1 is not there on host1/);
  });

  it('is suspended and resumed', async () => {
    await call(machine, 'start');
    expect(await call(machine, 'suspend')).to.deep.equal({ changed: true });
    expect(await call(machine, 'suspend')).to.deep.equal({ changed: false });
    expect((await fails(call(machine, 'alive'))).message).to.match(/paused/);
    expect(await call(machine, 'resume')).to.deep.equal({ changed: true });
    expect(await call(machine, 'alive')).to.deep.equal({ host: 'host1' });
  });

  it('is scaled while it runs, up to its maximum, and has its new size as its attributes', async () => {
    machine.setAttribute('maxMemory', '600 MiB');
    await call(machine, 'start');
    expect(await call(machine, 'scale', { memory: '+50 %' })).to.deep.include({
      former: { memoryMiB: 384, vcpus: 1 },
      size: { memoryMiB: 576, vcpus: 1 },
      maximum: { memoryMiB: 600, vcpus: 1 },
      changed: true,
    });
    expect(machine.attribute('memory')).to.equal('576 MiB');
    expect(await call(machine, 'scale', { memory: '384 MiB' })).to.include({ changed: true });
    expect(machine.attribute('memory')).to.equal('384 MiB');
    const beyond = await fails(call(machine, 'scale', { memory: '601 MiB' }));
    expect(beyond).to.have.property('code', 'value');
    expect(machine.attribute('memory')).to.equal('384 MiB');
    expect(await fails(call(machine, 'scale'))).to.have.property('code', 'value');
    // its maximum is known from now on, whatever it is started with next
    expect(machine.attribute('maxVcpus')).to.equal('1');
    await call(machine, 'stop');
    expect(await fails(call(machine, 'scale', { vcpus: '1' }))).to.have.property('code', 'domain-not-found');
  });

  it('is not started with a maximum below what it begins with', async () => {
    machine.setAttribute('maxMemory', '256 MiB');
    const error = await fails(call(machine, 'start'));
    expect(error).to.have.property('code', 'value');
    expect(error.message).to.include('maxMemory (256 MiB) is below memory (384 MiB)');
    expect(await where()).to.deep.equal([]);
  });

  it('migrates with progress, and moves in the system representation', async () => {
    await call(machine, 'start');
    const outcome = (await call(machine, 'migrate', { to: 'host2' })) as { elapsedMs: number; downtimeMs: number };
    expect(outcome).to.include({ from: 'host1', to: 'host2' });
    expect(outcome.elapsedMs).to.be.greaterThan(outcome.downtimeMs);
    expect(outcome.downtimeMs).to.be.greaterThan(0);
    expect(system.hostOf(machine)?.name).to.equal('host2');
    expect(machine.attribute('home')).to.equal('host1');
    expect(await where()).to.deep.equal(['host2']);
    expect(reports.at(-1)?.data).to.deep.include({ from: 'host1', to: 'host2', fraction: 1 });
    for (const { data } of reports) expect(data?.['fraction']).to.be.within(0, 1);
    const again = await fails(call(machine, 'migrate', { to: 'host2' }));
    expect(again.code).to.equal('migration-refused');
    expect(again.message).to.match(/Machine_1 is on host2 already/);
    expect(await fails(call(machine, 'migrate', { to: 'host9' }))).to.have.property('code', 'unknown-host');
    expect(await fails(call(machine, 'migrate'))).to.have.property('code', 'value');
  });

  it('stays where it is when a migration is cancelled, and says so', async () => {
    await call(machine, 'start');
    infrastructure.faults.migrationsStall();
    const controller = new AbortController();
    clock.setTimeout(() => controller.abort(), 3000);
    const error = await fails(call(machine, 'migrate', { to: 'host2' }, controller.signal));
    expect(error.code).to.equal('migration-aborted');
    expect(error.message).to.match(/it is running on host1/);
    expect(system.hostOf(machine)?.name).to.equal('host1');
    expect(await where()).to.deep.equal(['host1']);
  });

  it('tells of a machine that died while it migrated', async () => {
    await call(machine, 'start');
    infrastructure.faults.migrationsStall();
    clock.setTimeout(() => infrastructure.faults.domainDies('Machine_1'), 3000);
    const error = await fails(call(machine, 'migrate', { to: 'host2' }));
    expect(error.code).to.equal('domain-died');
    expect(error.message).to.match(/no host that answers has it now/);
  });

  it('is never started twice', async () => {
    await call(machine, 'start');
    system.place(machine, system.component('host2')); // what a lost manager might believe
    const error = await fails(call(machine, 'start'));
    expect(error.code).to.equal('domain-exists');
    expect(error.message).to.match(/running on host1/);
    expect(await where()).to.deep.equal(['host1']);
  });

  it('carries Tomcat behind Apache, by the same wrapper files as on real hosts', async () => {
    await call(machine, 'start');
    const [tomcat, apache] = [system.create('Tomcat'), system.create('Apache')];
    system.place(tomcat, machine);
    system.place(apache, system.component('host1'));
    apache.bind('workers', tomcat);
    for (const component of [tomcat, apache]) {
      expect(await call(component, 'configure')).to.include({ changed: true });
      expect(await call(component, 'configure')).to.include({ changed: false });
      await call(component, 'start');
      await call(component, 'ready');
    }
    const url = `http://${infrastructure.host('host1').address}:80/`;
    const answer = () => clock.runUntil(infrastructure.http.get(url, { timeoutMs: 5000 }));
    expect(await answer()).to.include({ status: 200 });
    await call(machine, 'migrate', { to: 'host2' });
    expect(await answer()).to.include({ status: 200 });
    apache.unbind('workers', tomcat);
    await call(apache, 'configure');
    await call(apache, 'reload');
    expect(await answer()).to.include({ status: 503 });
    for (const component of [apache, tomcat, machine])
      expect(await call(component, 'stop')).to.include({ changed: true });
  });
});
