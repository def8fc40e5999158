import { expect } from 'chai';
import type { DomainDescription, DomainEvent } from '../../core/model/hypervisor.js';
import { actions, eventually, rejection, type ContractPart } from './hypervisor-context.js';

/** What every hypervisor keeps of a description. */
function essence({ name, uuid, memoryMiB, vcpus, maxMemoryMiB, maxVcpus, disks, labels }: DomainDescription) {
  return {
    name,
    uuid,
    memoryMiB,
    vcpus,
    maxMemoryMiB: maxMemoryMiB ?? memoryMiB,
    maxVcpus: maxVcpus ?? vcpus,
    disks: disks.map(({ path, format, readOnly }) => ({ path, format, readOnly: readOnly ?? false })),
    labels: labels ?? {},
  };
}

/** Persistent domains: they outlive their run. */
export const definitionContract: ContractPart = (getContext) => {
  describe('the definition of a domain', () => {
    const { settle, create, define, find, stateOf } = actions(getContext);
    const describeDomain = (name: string) => getContext().describeDomain(name);

    it('is listed once, off, and not among the active ones', async () => {
      const defined = await define('contract-define');
      expect(defined).to.include({ name: 'contract-define', state: 'shutoff', persistent: true });
      expect(defined.uuid).to.match(/^[0-9a-f-]{36}$/);
      expect(await find('contract-define')).to.deep.equal(defined);
    });

    it('starts, stops, and starts again', async () => {
      const { source } = getContext();
      const { uuid } = await define('contract-start');
      for (let run = 0; run < 2; run += 1) {
        await settle(source.start('contract-start'));
        expect(await find('contract-start')).to.include({ state: 'running', persistent: true, uuid });
        await rejection(settle(source.start('contract-start')), 'domain-state');
        await settle(source.destroy('contract-start'));
        expect(await find('contract-start')).to.include({ state: 'shutoff', persistent: true, uuid });
      }
    });

    it('refuses what needs a running domain', async () => {
      const { source } = getContext();
      const name = 'contract-off';
      await define(name);
      const calls = [
        source.destroy(name),
        source.shutdown(name),
        source.reboot(name),
        source.suspend(name),
        source.resume(name),
        source.guestAgent(name, { execute: 'guest-ping' }),
      ];
      for (const call of await settle(Promise.allSettled(calls))) {
        expect(call.status).to.equal('rejected');
        if (call.status === 'rejected')
          expect(call.reason, String(call.reason)).to.have.property('code', 'domain-state');
      }
      expect(await stateOf(name)).to.equal('shutoff');
    });

    it('is forgotten at once where it does not run, and its name is free', async () => {
      const { source } = getContext();
      await define('contract-undefine');
      await settle(source.undefine('contract-undefine'));
      expect(await find('contract-undefine')).to.equal(undefined);
      await rejection(settle(source.undefine('contract-undefine')), 'domain-not-found');
      await create('contract-undefine');
    });

    it('is forgotten while it runs: the domain goes on, and is gone when it stops', async () => {
      const { source } = getContext();
      await define('contract-undefine-running');
      await settle(source.start('contract-undefine-running'));
      await settle(source.undefine('contract-undefine-running'));
      expect(await find('contract-undefine-running')).to.include({ state: 'running', persistent: false });
      await settle(source.destroy('contract-undefine-running'));
      expect(await find('contract-undefine-running')).to.equal(undefined);
    });

    it('is what a transient domain does not have', async () => {
      const { source } = getContext();
      await create('contract-transient');
      await rejection(settle(source.undefine('contract-transient')), 'domain-state');
      await rejection(settle(source.setAutostart('contract-transient', true)), 'domain-state');
      expect(await settle(source.describe('contract-transient'))).to.include({ persistent: false, autostart: false });
      expect(await stateOf('contract-transient')).to.equal('running');
    });

    it('says whether the domain starts with its host', async () => {
      const { source } = getContext();
      await define('contract-autostart');
      for (const autostart of [true, false]) {
        await settle(source.setAutostart('contract-autostart', autostart));
        expect(await settle(source.describe('contract-autostart'))).to.include({ autostart, state: 'shutoff' });
      }
    });

    it('is told as it was given', async () => {
      const { source } = getContext();
      const plain = describeDomain('contract-describe');
      const description: DomainDescription = {
        ...plain,
        maxMemoryMiB: 2 * plain.memoryMiB,
        maxVcpus: plain.vcpus + 1,
        labels: { image: 'tomcat', 'made by': 'a <contract> & "its" suite' },
      };
      const { uuid } = await settle(source.define(description));
      const details = await settle(source.describe('contract-describe'));
      expect(details).to.include({ name: 'contract-describe', uuid, state: 'shutoff', persistent: true });
      expect(essence(details.description)).to.deep.equal(essence({ ...description, uuid }));
    });

    it('can be made from what is told, under another name', async () => {
      const { source } = getContext();
      await define('contract-original');
      const original = (await settle(source.describe('contract-original'))).description;
      const { memoryMiB, vcpus, disks } = original;
      const wanted = { name: 'contract-copy', memoryMiB, vcpus, disks };
      const copy = await settle(source.define(wanted));
      expect(copy.uuid).to.not.equal(original.uuid);
      const described = await settle(source.describe('contract-copy'));
      expect(essence(described.description)).to.deep.equal(essence({ ...wanted, uuid: copy.uuid }));
    });

    it('can be replaced, while the domain runs as it was started', async () => {
      const { source } = getContext();
      const plain = describeDomain('contract-redefine');
      const { uuid } = await define('contract-redefine');
      await settle(source.start('contract-redefine'));
      const memoryMiB = 2 * plain.memoryMiB;
      const again = await settle(source.define({ ...plain, uuid, memoryMiB }));
      expect(again).to.include({ uuid, state: 'running', persistent: true });
      const running = async () =>
        (await settle(source.statistics())).find(({ name }) => name === 'contract-redefine')?.memoryMiB;
      expect(await running()).to.equal(plain.memoryMiB);
      expect((await settle(source.describe('contract-redefine'))).description.memoryMiB).to.equal(memoryMiB);
      await settle(source.destroy('contract-redefine'));
      await settle(source.start('contract-redefine'));
      expect(await running()).to.equal(memoryMiB);
    });

    it('makes a transient domain persistent', async () => {
      const { source } = getContext();
      const { uuid } = await create('contract-keep');
      await settle(source.define({ ...describeDomain('contract-keep'), uuid }));
      expect(await find('contract-keep')).to.include({ state: 'running', persistent: true });
      await settle(source.destroy('contract-keep'));
      expect(await stateOf('contract-keep')).to.equal('shutoff');
    });

    it('is refused where another domain has the name or the uuid, and leaves that one alone', async () => {
      const { source } = getContext();
      const first = await define('contract-clash');
      await rejection(define('contract-clash'), 'domain-exists');
      await rejection(create('contract-clash'), 'domain-exists');
      const sameUuid = { ...describeDomain('contract-clash-2'), uuid: first.uuid };
      await rejection(settle(source.define(sameUuid)), 'domain-exists');
      await rejection(
        settle(source.create({ ...describeDomain('contract-clash'), uuid: first.uuid })),
        'domain-exists',
      );
      expect(await find('contract-clash')).to.deep.equal(first);
      expect(await find('contract-clash-2')).to.equal(undefined);
    });

    it('is told by events', async () => {
      const { source } = getContext();
      const heard: DomainEvent[] = [];
      const subscription = await settle(source.onDomainEvent((event) => heard.push(event)));
      const { uuid } = await define('contract-defined-events');
      await settle(source.start('contract-defined-events'));
      await settle(source.destroy('contract-defined-events'));
      await settle(source.undefine('contract-defined-events'));
      await eventually(getContext(), 'the event "undefined"', () => heard.some(({ kind }) => kind === 'undefined'));
      subscription.unsubscribe();
      expect(heard.every((event) => event.domain !== 'contract-defined-events' || event.uuid === uuid)).to.equal(true);
      const expected = ['defined', 'started', 'stopped', 'undefined'];
      const missing = heard.reduce((left, event) => (event.kind === left[0] ? left.slice(1) : left), expected);
      expect(missing, heard.map(({ kind }) => kind).join()).to.deep.equal([]);
    });
  });
};
