import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { DomainEvent } from '../../core/model/hypervisor.js';
import { eventually, rejection } from './hypervisor-context.js';
import type { HypervisorContext } from './hypervisor-context.js';
import { hypervisorMigrationContract } from './hypervisor-migration.contract.js';

/** Powers off whatever a test left behind on either host. */
async function clear(context: HypervisorContext): Promise<void> {
  for (const hypervisor of [context.source, context.target?.hypervisor]) {
    if (!hypervisor) continue;
    for (const domain of await context.settle(hypervisor.list())) {
      if (!domain.name.startsWith('contract-')) continue;
      await context.settle(hypervisor.destroy(domain.name)).catch((error: unknown) => {
        if (!AttituneError.is(error, 'domain-not-found')) throw error;
      });
    }
  }
}

/** What every `Hypervisor` promises. `makeContext` is called once, before the first test. */
export function hypervisorContract(name: string, makeContext: () => Promise<HypervisorContext>): void {
  describe(`${name} keeps the contract of a hypervisor`, function () {
    this.timeout(60_000);
    let context: HypervisorContext;
    let dispose = () => Promise.resolve();

    before(async () => {
      context = await makeContext();
      dispose = () => context.dispose();
    });
    afterEach(() => clear(context));
    after(() => dispose());

    const settle = <T>(promise: Promise<T>): Promise<T> => context.settle(promise);
    const create = (domain: string) => settle(context.source.create(context.describeDomain(domain)));
    const stateOf = async (domain: string) =>
      (await settle(context.source.list())).find((one) => one.name === domain)?.state;

    it('tells the capabilities of its host', async () => {
      const capabilities = await settle(context.source.capabilities());
      expect(capabilities.hostUuid, 'empty where the host has none').to.match(/^([0-9a-f-]{36})?$/);
      expect(capabilities.cpus).to.be.at.least(1);
      expect(capabilities.memoryMiB).to.be.at.least(1);
      expect(capabilities.domainTypes).to.not.have.length(0);
      expect(capabilities.version).to.not.equal('');
      expect(capabilities.architecture).to.not.equal('');
    });

    it('tells the CPU time of its host, which never runs backwards', async () => {
      const first = await settle(context.source.nodeCpu());
      await context.pause(20);
      const second = await settle(context.source.nodeCpu());
      expect(first.cpus).to.be.at.least(1);
      expect(first.busySeconds).to.be.within(0, first.totalSeconds);
      expect(second.totalSeconds).to.be.at.least(first.totalSeconds);
      expect(second.busySeconds).to.be.at.least(first.busySeconds);
    });

    it('creates a domain that runs and is listed once', async () => {
      const created = await create('contract-create');
      expect(created).to.include({ name: 'contract-create', state: 'running' });
      expect(created.uuid).to.match(/^[0-9a-f-]{36}$/);
      const listed = (await settle(context.source.list())).filter((one) => one.name === 'contract-create');
      expect(listed).to.deep.equal([created]);
    });

    it('keeps the uuid of a description', async () => {
      const uuid = '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90';
      const description = { ...context.describeDomain('contract-uuid'), uuid };
      expect((await settle(context.source.create(description))).uuid).to.equal(uuid);
    });

    it('refuses a second domain of the same name and leaves the first alone', async () => {
      const first = await create('contract-twice');
      await rejection(create('contract-twice'), 'domain-exists');
      const again = { ...context.describeDomain('contract-twice'), uuid: first.uuid };
      await rejection(settle(context.source.create(again)), 'domain-exists');
      const listed = (await settle(context.source.list())).filter((one) => one.name === 'contract-twice');
      expect(listed).to.deep.equal([first]);
    });

    it('says of an unknown domain that there is none', async () => {
      const { source } = context;
      const unknown = 'contract-unknown';
      await rejection(settle(source.shutdown(unknown)), 'domain-not-found');
      await rejection(settle(source.destroy(unknown)), 'domain-not-found');
      await rejection(settle(source.suspend(unknown)), 'domain-not-found');
      await rejection(settle(source.resume(unknown)), 'domain-not-found');
      await rejection(settle(source.guestAgent(unknown, { execute: 'guest-ping' })), 'domain-not-found');
    });

    it('suspends and resumes', async () => {
      await create('contract-suspend');
      await settle(context.source.suspend('contract-suspend'));
      expect(await stateOf('contract-suspend')).to.equal('paused');
      await rejection(settle(context.source.suspend('contract-suspend')), 'domain-state');
      await settle(context.source.resume('contract-suspend'));
      expect(await stateOf('contract-suspend')).to.equal('running');
      await rejection(settle(context.source.resume('contract-suspend')), 'domain-state');
    });

    it('powers a domain off, after which it is gone and its name is free', async () => {
      await create('contract-destroy');
      await settle(context.source.destroy('contract-destroy'));
      expect(await stateOf('contract-destroy')).to.equal(undefined);
      await rejection(settle(context.source.destroy('contract-destroy')), 'domain-not-found');
      await create('contract-destroy');
      expect(await stateOf('contract-destroy')).to.equal('running');
    });

    it('powers off a suspended domain', async () => {
      await create('contract-destroy-paused');
      await settle(context.source.suspend('contract-destroy-paused'));
      await settle(context.source.destroy('contract-destroy-paused'));
      expect(await stateOf('contract-destroy-paused')).to.equal(undefined);
    });

    it('gives the statistics of all active domains in one call', async () => {
      const one = await create('contract-statistics-1');
      await create('contract-statistics-2');
      await settle(context.source.suspend('contract-statistics-2'));
      const statistics = await settle(context.source.statistics());
      const description = context.describeDomain('contract-statistics-1');
      const first = statistics.find((entry) => entry.name === 'contract-statistics-1');
      const second = statistics.find((entry) => entry.name === 'contract-statistics-2');
      expect(first).to.include({ uuid: one.uuid, state: 'running', vcpus: description.vcpus });
      expect(first?.memoryMiB).to.equal(description.memoryMiB);
      expect(first?.maxMemoryMiB).to.equal(description.memoryMiB);
      expect(first?.cpuSeconds).to.be.at.least(0);
      expect(second?.state).to.equal('paused');

      await context.pause(100);
      const later = (await settle(context.source.statistics())).find((entry) => entry.name === 'contract-statistics-1');
      expect(later?.cpuSeconds).to.be.at.least(first?.cpuSeconds ?? Infinity);

      await settle(context.source.destroy('contract-statistics-1'));
      const names = (await settle(context.source.statistics())).map((entry) => entry.name);
      expect(names).to.include('contract-statistics-2').but.not.include('contract-statistics-1');
    });

    it('tells the life cycle of a domain in order, until one unsubscribes', async () => {
      const heard: DomainEvent[] = [];
      const unheard: DomainEvent[] = [];
      const subscription = await settle(context.source.onDomainEvent((event) => heard.push(event)));
      const cancelled = await settle(context.source.onDomainEvent((event) => unheard.push(event)));
      cancelled.unsubscribe();
      cancelled.unsubscribe();
      const { uuid } = await create('contract-events');
      await settle(context.source.suspend('contract-events'));
      await settle(context.source.resume('contract-events'));
      await settle(context.source.destroy('contract-events'));
      await eventually(context, 'the event "stopped"', () => heard.some((event) => event.kind === 'stopped'));
      const mine = heard.filter((event) => event.domain === 'contract-events');
      expect(mine.every((event) => event.uuid === uuid)).to.equal(true);
      // a hypervisor may tell more in between, such as that a domain which starts is resumed first
      const expected = ['started', 'suspended', 'resumed', 'stopped'];
      const missing = mine.reduce((left, event) => (event.kind === left[0] ? left.slice(1) : left), expected);
      expect(missing, mine.map((event) => event.kind).join()).to.deep.equal([]);
      expect(mine.find((event) => event.kind === 'stopped')?.detail).to.equal('destroyed');
      expect(unheard).to.deep.equal([]);

      subscription.unsubscribe();
      const count = heard.length;
      await create('contract-events');
      await context.pause(50);
      expect(heard).to.have.length(count);
    });

    it('reaches the guest agent, or says that it cannot', async () => {
      await create('contract-agent');
      const ping = settle(context.source.guestAgent('contract-agent', { execute: 'guest-ping' }, 2000));
      if (context.features.canAgent) expect(await ping).to.deep.equal({});
      else await rejection(ping, 'guest-agent');
    });

    it('closes: nothing stays pending, later calls fail, and domains keep running', async () => {
      await create('contract-close');
      const closing = await settle(context.connect());
      const lost: Error[] = [];
      closing.onConnection((change) => {
        if (!change.connected) lost.push(change.reason);
      });
      await settle(closing.onDomainEvent(() => undefined));
      const pending = [closing.list(), closing.statistics(), closing.nodeCpu(), closing.capabilities()];
      const outcomes = Promise.allSettled(pending);
      await settle(closing.close());
      for (const outcome of await settle(outcomes)) {
        if (outcome.status === 'rejected') expect(outcome.reason).to.have.property('code', 'host-unreachable');
      }
      await rejection(settle(closing.list()), 'host-unreachable');
      await rejection(settle(closing.destroy('contract-close')), 'host-unreachable');
      await settle(closing.close());
      expect(lost, 'onConnection tells of a lost connection, not of a close').to.deep.equal([]);
      expect(await stateOf('contract-close')).to.equal('running');
    });

    hypervisorMigrationContract(() => context);
  });
}
