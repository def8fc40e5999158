import { expect } from 'chai';
import { MemoryBus } from '../../../core/bus/memory-bus.js';
import { EventChannel } from '../../../core/loop/event-channel.js';
import { Journal } from '../../../core/loop/journal.js';
import type { LostComponent } from '../../../core/loop/keeping/lost.js';
import { Reconciler } from '../../../core/loop/monitoring/reconciler.js';
import type { AdministrationEvent } from '../../../core/model/administration.js';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { Domain, DomainState, MigrationProgress } from '../../../core/model/hypervisor.js';
import { SeededRandom } from '../../../core/model/random.js';
import { SystemRepresentation } from '../../../core/model/system-representation.js';
import { instantiate } from '../../../core/model/wiring.js';
import { SimulatedInfrastructure } from '../../../wrappers/simulated/index.js';
import { webDeployment } from '../../support/deployments.js';

type Has = 'silent' | readonly (DomainState | Domain)[];

/** Machine_1 and Machine_2 are started, both on host1 as far as is known; what the hosts have is said by the test. */
async function world(has: Record<string, Has>) {
  const deployment = webDeployment();
  const system = new SystemRepresentation(deployment, (wrapper) => wrapper === 'virtual-machine');
  const clock = new SimulatedClock();
  const infrastructure = new SimulatedInfrastructure({ clock, random: new SeededRandom(1) });
  await clock.runUntil(
    infrastructure.up(deployment, system, { signal: new AbortController().signal, onProgress: () => undefined }),
  );
  instantiate(system);
  for (const vm of system.instances('Machine')) {
    system.place(vm, system.component('host1'));
    vm.lifeCycle.restore('started', 'started');
    vm.setAttribute('uuid', vm.name);
  }
  const migrating = new Set<string>();
  let asked = 0;
  const second: Domain = { name: 'Machine_2', uuid: 'Machine_2', state: 'running', persistent: false };
  for (const { name, hypervisor } of infrastructure.hosts()) {
    hypervisor.list = () => {
      asked += 1;
      const domains = has[name] ?? [];
      if (domains === 'silent') return Promise.reject(new AttituneError('host-unreachable', `${name} is silent.`));
      const listed = domains.map((one) => (typeof one === 'string' ? { ...second, ...machine1, state: one } : one));
      return Promise.resolve(name === 'host1' ? [...listed, second] : listed);
    };
    hypervisor.migrationOf = (vm) => Promise.resolve(migrating.has(vm) ? ({} as MigrationProgress) : undefined);
  }
  const bus = new MemoryBus();
  const journal = new Journal(clock, bus);
  const events: AdministrationEvent[] = [];
  const channel = new EventChannel(clock, bus, journal);
  channel.onEvent((event) => void events.push(event));
  const lost: LostComponent[] = [];
  const own = new Set<string>();
  const reconciler = new Reconciler({
    system,
    infrastructure,
    journal,
    events: channel,
    migrates: (vm) => own.has(vm),
    changed: () => undefined,
    onLost: (more) => void lost.push(...more),
  });
  const vm = system.component('Machine_1');
  return {
    clock,
    system,
    reconciler,
    migrating,
    own,
    events,
    lost,
    vm,
    has,
    asked: () => asked,
    look: () => clock.runUntil(reconciler.look()),
    texts: () => journal.entries.map(({ kind, text }) => `${kind}: ${text}`),
    codes: () => journal.entries.filter(({ kind }) => kind === 'trouble').map(({ data }) => data?.['code']),
    host: () => system.hostOf(vm)?.name,
  };
}
const machine1 = { name: 'Machine_1', uuid: 'Machine_1' };

describe('reconciliation', () => {
  it('says nothing where all is as expected, and sets no timer', async () => {
    const { look, texts, clock, vm } = await world({ host1: ['running'] });
    expect(await look()).to.deep.equal([]);
    expect(texts()).to.deep.equal([]);
    expect(vm.attributes.get('whereabouts')).to.equal('host1');
    expect(clock.nextDueAt).to.equal(undefined);
  });

  it('puts a machine where it is found', async () => {
    const { look, texts, host, vm } = await world({ host2: ['running'] });
    expect(await look()).to.deep.equal([]);
    expect([host(), vm.attributes.get('whereabouts')]).to.deep.equal(['host2', 'host2']);
    expect(texts()).to.deep.equal(['component: Machine_1 is on host2, not on host1 as was thought']);
  });

  it('calls a machine lost only when it is missed twice', async () => {
    const { look, vm, asked } = await world({});
    vm.setAttribute('whereabouts', 'host1');
    const lost = await look();
    expect(lost.map(({ component, why, found }) => `${component.name} ${found}: ${why}`)).to.deep.equal([
      'Machine_1 started: no host has its domain any more',
    ]);
    expect(asked()).to.equal(4);
    expect(vm.lifeCycle.state, 'it is for the caller to tell').to.equal('started');
    expect(vm.attributes.get('whereabouts')).to.equal('');
  });

  it('looks again where it changed hosts between two answers', async () => {
    const { look, has, clock, host, lost, reconciler } = await world({});
    const looking = look();
    has['host2'] = ['running'];
    expect(await looking).to.deep.equal([]);
    await clock.advance(3000);
    expect(host()).to.equal('host2');
    expect(lost).to.deep.equal([]);
    expect(clock.nextDueAt).to.equal(undefined);
    reconciler.stop();
  });

  it('does not judge what is on its way, or what this manager migrates', async () => {
    const { look, vm, texts, own } = await world({});
    vm.lifeCycle.restore('stopping', 'stopped');
    expect(await look()).to.deep.equal([]);
    vm.lifeCycle.restore('started', 'started');
    own.add('Machine_1');
    expect(await look()).to.deep.equal([]);
    expect(texts()).to.deep.equal([]);
  });

  it('says once what cannot be told while a host is silent', async () => {
    const { look, texts, has, lost, clock } = await world({ host1: [], host2: 'silent' });
    expect(await look()).to.deep.equal([]);
    expect(await look()).to.deep.equal([]);
    expect(texts()).to.have.length(1);
    expect(texts()[0]).to.match(/^trouble: it cannot be told whether Machine_1 runs: host2 may have it/);
    has['host2'] = [];
    expect(await look()).to.have.length(1);
    expect(lost).to.deep.equal([]);
    expect(clock.nextDueAt).to.equal(undefined);
  });

  it('takes the word for a host that it is off', async () => {
    const { look, system } = await world({ host1: [], host2: 'silent' });
    system.component('host2').setAttribute('fenced', 'yes');
    expect(await look()).to.have.length(1);
  });

  it('waits for a migration that goes on by itself, and tells its end', async () => {
    const { look, has, clock, migrating, host, texts, events, reconciler } = await world({
      host1: ['running'],
      host2: ['paused'],
    });
    migrating.add('Machine_1');
    await look();
    await clock.advance(120_000);
    expect(texts()).to.deep.equal([
      'component: Machine_1 is on its way between host1 and host2: nothing is decided until it has arrived',
    ]);
    has['host1'] = [];
    has['host2'] = ['running'];
    migrating.clear();
    await clock.advance(15_000);
    expect(host()).to.equal('host2');
    expect(texts().slice(1)).to.deep.equal([
      'component: Machine_1 is on host2, not on host1 as was thought',
      'migration: the migration of Machine_1 that went on by itself has ended: it is on host2',
    ]);
    expect(events).to.deep.equal([]);
    reconciler.stop();
  });

  it('lets pass what passes', async () => {
    const { look, has, clock, texts, host } = await world({ host1: ['running'], host2: ['running'] });
    await look();
    await clock.advance(2000);
    has['host1'] = [];
    await clock.advance(10_000);
    expect(host()).to.equal('host2');
    expect(texts()).to.deep.equal(['component: Machine_1 is on host2, not on host1 as was thought']);
    expect(clock.nextDueAt).to.equal(undefined);
  });

  it('tells of a machine that runs twice, once, and calls it failed until it does not any more', async () => {
    const { look, has, clock, codes, events, vm, host, texts, reconciler } = await world({
      host1: ['running'],
      host2: ['running'],
    });
    await look();
    expect(codes(), 'at once it may pass').to.deep.equal([]);
    await clock.advance(60_000);
    expect(codes()).to.deep.equal(['domain-doubled']);
    expect(texts()[0]).to.match(/Machine_1 runs on host1 and host2 at the same time/);
    expect(events.map(({ name, component, arg }) => [name, component, arg])).to.deep.equal([
      ['vm.doubled', 'Machine_1', 'host1 host2'],
    ]);
    expect(vm.lifeCycle.state).to.equal('failed');
    has['host1'] = [];
    await clock.advance(15_000);
    expect([vm.lifeCycle.state, host()]).to.deep.equal(['started', 'host2']);
    expect(events).to.have.length(1);
    reconciler.stop();
  });

  it('tells of a copy that stands still beside it, which does not keep it from being used', async () => {
    const { look, clock, codes, events, vm, texts, reconciler } = await world({
      host1: ['running'],
      host2: ['paused'],
    });
    await look();
    await clock.advance(60_000);
    expect(codes()).to.deep.equal(['domain-doubled']);
    expect(texts()[0]).to.match(/runs on host1, and a copy of it stands still on host2.*may be powered off/);
    expect(events).to.have.length(1);
    expect(vm.lifeCycle.state).to.equal('started');
    reconciler.stop();
  });

  it('tells of strangers and of what runs though it should not, and leaves both alone', async () => {
    const stranger = { name: 'Machine_1', uuid: 'other', state: 'running', persistent: false } as const;
    const { look, codes, vm, clock } = await world({ host1: ['running'], host2: [stranger] });
    vm.lifeCycle.restore('stopped', 'stopped');
    await look();
    await look();
    expect(codes()).to.deep.equal(['domain-state', 'domain-exists']);
    expect(vm.lifeCycle.state).to.equal('stopped');
    expect(clock.nextDueAt).to.equal(undefined);
  });

  it('learns the uuid of a machine that it did not know', async () => {
    const { look, vm } = await world({ host1: ['running'] });
    vm.removeAttribute('uuid');
    await look();
    expect(vm.attributes.get('uuid')).to.equal('Machine_1');
  });

  it('rejects what is no silence of a host, and looks no more once it is stopped', async () => {
    const { clock, reconciler, system, has, look } = await world({ host1: ['running'] });
    expect(system.has('Machine_1')).to.equal(true);
    Object.defineProperty(has, 'host1', { get: () => expect.fail('broken'), configurable: true });
    const error = await look().catch((reason: unknown) => reason);
    expect(error).to.have.property('message', 'broken');
    reconciler.stop();
    reconciler.lookSoon();
    expect(clock.nextDueAt).to.equal(undefined);
  });
});
