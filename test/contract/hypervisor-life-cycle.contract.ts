import { expect } from 'chai';
import type { DomainEvent } from '../../core/model/hypervisor.js';
import { skipBecause } from '../support/skip.js';
import { actions, eventually, rejection, type ContractPart } from './hypervisor-context.js';

/** The life of transient domains: they are gone when they stop. */
export const lifeCycleContract: ContractPart = (getContext) => {
  describe('the life of a domain', () => {
    const { settle, create, define, find, stateOf } = actions(getContext);

    it('creates a domain that runs, is transient, and is listed once', async () => {
      const created = await create('contract-create');
      expect(created).to.include({ name: 'contract-create', state: 'running', persistent: false });
      expect(created.uuid).to.match(/^[0-9a-f-]{36}$/);
      expect(await find('contract-create')).to.deep.equal(created);
    });

    it('keeps the uuid of a description', async () => {
      const uuid = '6f2b8c1e-0d4a-4c55-9a3e-5f0c1b7d2e90';
      const description = { ...getContext().describeDomain('contract-uuid'), uuid };
      expect((await settle(getContext().source.create(description))).uuid).to.equal(uuid);
    });

    it('refuses a second domain of the same name and leaves the first alone', async () => {
      const first = await create('contract-twice');
      await rejection(create('contract-twice'), 'domain-exists');
      const again = { ...getContext().describeDomain('contract-twice'), uuid: first.uuid };
      await rejection(settle(getContext().source.create(again)), 'domain-exists');
      const other = { ...getContext().describeDomain('contract-twice-2'), uuid: first.uuid };
      await rejection(settle(getContext().source.create(other)), 'domain-exists');
      expect(await find('contract-twice')).to.deep.equal(first);
      expect(await find('contract-twice-2')).to.equal(undefined);
    });

    it('suspends and resumes', async () => {
      const { source } = getContext();
      await create('contract-suspend');
      await settle(source.suspend('contract-suspend'));
      expect(await stateOf('contract-suspend')).to.equal('paused');
      await rejection(settle(source.suspend('contract-suspend')), 'domain-state');
      await settle(source.resume('contract-suspend'));
      expect(await stateOf('contract-suspend')).to.equal('running');
      await rejection(settle(source.resume('contract-suspend')), 'domain-state');
    });

    it('powers a domain off, after which it is gone and its name is free', async () => {
      const { source } = getContext();
      await create('contract-destroy');
      await settle(source.destroy('contract-destroy'));
      expect(await find('contract-destroy')).to.equal(undefined);
      await rejection(settle(source.destroy('contract-destroy')), 'domain-not-found');
      await create('contract-destroy');
      expect(await stateOf('contract-destroy')).to.equal('running');
    });

    it('powers off a suspended domain', async () => {
      await create('contract-destroy-paused');
      await settle(getContext().source.suspend('contract-destroy-paused'));
      await settle(getContext().source.destroy('contract-destroy-paused'));
      expect(await find('contract-destroy-paused')).to.equal(undefined);
    });

    it('lets a guest shut down: a transient domain is gone then, a defined one is off', async function () {
      const { source, features } = getContext();
      if (features.canObey !== true)
        skipBecause(this, 'these guests have no operating system', 'the simulation and the lab have them');
      const heard: DomainEvent[] = [];
      const subscription = await settle(source.onDomainEvent((event) => heard.push(event)));
      await create('contract-shutdown');
      await define('contract-shutdown-defined');
      await settle(source.start('contract-shutdown-defined'));
      for (const name of ['contract-shutdown', 'contract-shutdown-defined']) {
        await getContext().pause(100);
        await settle(source.shutdown(name));
        await eventually(getContext(), `the event that ${name} stopped`, () =>
          heard.some(({ domain, kind }) => domain === name && kind === 'stopped'),
        );
      }
      expect(heard.find(({ kind }) => kind === 'stopped')?.detail).to.equal('shutdown');
      expect(await find('contract-shutdown')).to.equal(undefined);
      expect(await stateOf('contract-shutdown-defined')).to.equal('shutoff');
      subscription.unsubscribe();
    });

    it('reboots a guest, which runs on as the same domain', async () => {
      const { uuid } = await create('contract-reboot');
      await settle(getContext().source.reboot('contract-reboot'));
      await getContext().pause(200);
      expect(await find('contract-reboot')).to.include({ state: 'running', uuid });
    });

    it('gives the statistics of all active domains in one call', async () => {
      const { source } = getContext();
      const one = await create('contract-statistics-1');
      await create('contract-statistics-2');
      await define('contract-statistics-off');
      await settle(source.suspend('contract-statistics-2'));
      const statistics = await settle(source.statistics());
      const description = getContext().describeDomain('contract-statistics-1');
      const first = statistics.find((entry) => entry.name === 'contract-statistics-1');
      const second = statistics.find((entry) => entry.name === 'contract-statistics-2');
      expect(first).to.include({ uuid: one.uuid, state: 'running', vcpus: description.vcpus });
      expect(first?.memoryMiB).to.equal(description.memoryMiB);
      expect(first?.maxMemoryMiB).to.equal(description.memoryMiB);
      expect(first?.cpuSeconds).to.be.at.least(0);
      expect(second?.state).to.equal('paused');
      expect(statistics.map(({ name }) => name)).to.not.include('contract-statistics-off');

      await getContext().pause(100);
      const later = (await settle(source.statistics())).find((entry) => entry.name === 'contract-statistics-1');
      expect(later?.cpuSeconds).to.be.at.least(first?.cpuSeconds ?? Infinity);

      await settle(source.destroy('contract-statistics-1'));
      const names = (await settle(source.statistics())).map((entry) => entry.name);
      expect(names).to.include('contract-statistics-2').but.not.include('contract-statistics-1');
    });

    it('tells the life cycle of a domain in order, until one unsubscribes', async () => {
      const { source } = getContext();
      const heard: DomainEvent[] = [];
      const unheard: DomainEvent[] = [];
      const subscription = await settle(source.onDomainEvent((event) => heard.push(event)));
      const cancelled = await settle(source.onDomainEvent((event) => unheard.push(event)));
      cancelled.unsubscribe();
      cancelled.unsubscribe();
      const { uuid } = await create('contract-events');
      await settle(source.suspend('contract-events'));
      await settle(source.resume('contract-events'));
      await settle(source.destroy('contract-events'));
      await eventually(getContext(), 'the event "stopped"', () => heard.some((event) => event.kind === 'stopped'));
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
      await getContext().pause(50);
      expect(heard).to.have.length(count);
    });

    it('says of a guest without an agent that nobody answers', async function () {
      const { source, features } = getContext();
      if (features.canAgent && !getContext().describeGuest)
        skipBecause(this, 'all guests have an agent here', 'QEMU guests without one are tested elsewhere');
      await create('contract-agent');
      await rejection(settle(source.guestAgent('contract-agent', { execute: 'guest-ping' }, 2000)), 'guest-agent');
    });
  });
};
