import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import type { Component } from '../../../core/model/component.js';
import { AttituneError } from '../../../core/model/errors.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { WrapperLibrary } from '../../../wrappers/language/wrapper-library.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { VirtualMachine } from '../../../wrappers/vm/virtual-machine.wrapper.js';
import { componentClass, deploymentOf } from '../../support/deployments.js';

const place = { file: 'test', line: 1, column: 1 };
const host = (name: string) => ({ name, uri: `qemu+tls://${name}/system`, attributes: {}, place });

describe('a machine that is not started twice', () => {
  const library = new WrapperLibrary({ classes: [VirtualMachine] });
  let clock: SimulatedClock;
  let infrastructure: SimulatedInfrastructure;
  let system: SystemRepresentation;
  let machine: Component;
  let reports: string[];

  beforeEach(() => {
    clock = new SimulatedClock(1_000_000);
    infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
    const hosts = ['host1', 'host2', 'host3'].map(host);
    for (const entry of hosts) infrastructure.addHost(entry);
    const deployment = deploymentOf({
      hostFamilies: [{ name: 'servers', hypervisor: 'libvirt', hosts, place }],
      classes: [
        componentClass('Machine', { wrapper: 'virtual-machine', hosts: 'servers', attributes: { image: 'tomcat' } }),
      ],
    });
    const defaults = (name: string) =>
      Object.fromEntries(
        (library.get(name)?.attributes ?? []).flatMap(({ name: key, defaultValue }) =>
          defaultValue === undefined ? [] : [[key, defaultValue]],
        ),
      );
    system = new SystemRepresentation(deployment, (name) => library.get(name)?.isNode === true, defaults);
    machine = system.create('Machine');
    put('host1');
    reports = [];
  });
  afterEach(() => infrastructure.down());

  function call(operation: string, parameters: Readonly<Record<string, string>> = {}, resumed = false) {
    const { signal } = new AbortController();
    const report = (text: string) => void reports.push(text);
    const context = { component: machine, system, infrastructure, parameters, signal, report, resumed };
    return clock.runUntil(library.get('virtual-machine')!.invoke(operation, context));
  }
  const fails = async (promise: Promise<unknown>): Promise<AttituneError> => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError);
    return error as AttituneError;
  };
  const put = (name: string) => system.place(machine, system.component(name));
  const whereabouts = () => machine.attributes.get('whereabouts');
  const others = (name: string) => infrastructure.connect(name);
  const uriOf = (name: string) => infrastructure.host(name).migrationUri;
  const where = async () => {
    const lists = ['host1', 'host2', 'host3'].map(async (name) =>
      (
        await others(name)
          .list()
          .catch(() => [])
      ).map(({ state }) => `${name} ${state}`),
    );
    return (await clock.runUntil(Promise.all(lists))).flat();
  };

  it('is known to be where it was started, and nowhere once it was stopped', async () => {
    await call('start');
    expect(whereabouts()).to.equal('host1');
    const uuid = machine.attributes.get('uuid');
    await call('stop');
    expect(whereabouts()).to.equal('');
    put('host2');
    await call('start');
    expect(whereabouts()).to.equal('host2');
    expect(machine.attributes.get('uuid'), 'it is the same machine').to.equal(uuid);
  });

  it('is not started elsewhere while the host that may have it does not answer, until that is fenced', async () => {
    await call('start');
    infrastructure.faults.hostDies('host1');
    put('host2');
    const error = await fails(call('start'));
    expect(error.code).to.equal('host-unreachable');
    expect(error.message).to.match(/Machine_1 may still run on host1.*not started on host2.*fenced = yes of host1/);
    expect(await where()).to.deep.equal([]);
    system.component('host1').setAttribute('fenced', 'yes');
    await call('start');
    expect(await where()).to.deep.equal(['host2 running']);
    expect(whereabouts()).to.equal('host2');
  });

  it('is started while hosts are silent that cannot have it', async () => {
    infrastructure.faults.hostUnreachable('host2');
    infrastructure.faults.hostUnreachable('host3');
    await call('start');
    await call('stop');
    await call('start');
    expect(await where()).to.deep.equal(['host1 running']);
  });

  it('is not called stopped where it may still run', async () => {
    await call('start');
    infrastructure.faults.hostUnreachable('host1');
    const error = await fails(call('stop'));
    expect(error.code).to.equal('host-unreachable');
    expect(error.message).to.match(/cannot be called stopped/);
    expect(whereabouts()).to.equal('host1');
  });

  it('may be on both hosts when a migration ends in silence, and is not started on the third', async () => {
    await call('start');
    infrastructure.faults.migrationsStall();
    const migration = call('migrate', { to: 'host2' });
    clock.setTimeout(() => infrastructure.faults.hostUnreachable('host1'), 2000);
    await fails(migration);
    expect(whereabouts()?.split(' ')).to.include('host1');
    put('host3');
    expect((await fails(call('start'))).code).to.equal('host-unreachable');
  });

  it('is left alone where another one has its name', async () => {
    await call('start');
    await clock.runUntil(others('host1').destroy('Machine_1'));
    const stranger = { name: 'Machine_1', memoryMiB: 64, vcpus: 1, disks: [] };
    await clock.runUntil(others('host1').create(stranger));
    for (const operation of ['start', 'stop']) {
      const error = await fails(call(operation));
      expect(error.code).to.equal('domain-exists');
      expect(error.message).to.match(/another domain of the name Machine_1/);
    }
    expect(await where()).to.deep.equal(['host1 running']);
  });

  describe('when the former manager died while it migrated', () => {
    beforeEach(async () => {
      await call('start');
      // what the former manager had noted when it asked the hypervisor
      machine.setAttribute('whereabouts', 'host1 host2');
    });
    const migrating = () => others('host1').migrate('Machine_1', { host: 'host2', uri: uriOf('host2') });

    it('is waited for, and told', async () => {
      const gone = migrating();
      const result = await call('migrate', { to: 'host2' }, true);
      expect(result).to.deep.equal({ from: 'host1', to: 'host2', unwatched: true });
      expect(reports).to.deep.equal(['Machine_1 is still on its way, as the former manager began it']);
      expect(system.hostOf(machine)?.name).to.equal('host2');
      expect(whereabouts()).to.equal('host2');
      await gone;
    });

    it('is found where it has arrived already', async () => {
      await clock.runUntil(migrating());
      put('host2');
      expect(await call('migrate', { to: 'host2' }, true)).to.have.property('unwatched', true);
      expect(reports).to.deep.equal([]);
    });

    it('is told to have stayed', async () => {
      const error = await fails(call('migrate', { to: 'host2' }, true));
      expect(error.code).to.equal('migration-failed');
      expect(error.message).to.match(/which the former manager began, did not succeed: Machine_1 is on host1/);
      expect(await where()).to.deep.equal(['host1 running']);
    });

    it('is told to have died', async () => {
      infrastructure.faults.domainDies('Machine_1');
      expect((await fails(call('migrate', { to: 'host2' }, true))).code).to.equal('domain-died');
    });

    it('is not judged while a host is silent', async () => {
      infrastructure.faults.hostUnreachable('host1');
      expect((await fails(call('migrate', { to: 'host2' }, true))).code).to.equal('host-unreachable');
      expect(system.hostOf(machine)?.name).to.equal('host1');
    });

    it('is migrated by this one where it had not been begun', async () => {
      machine.setAttribute('whereabouts', 'host1');
      expect(await call('migrate', { to: 'host2' }, true)).to.have.property('elapsedMs');
      expect(await where()).to.deep.equal(['host2 running']);
    });
  });
});
