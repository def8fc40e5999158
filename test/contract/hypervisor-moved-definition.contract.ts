import { expect } from 'chai';
import { rejection, type ContractPart } from './hypervisor-context.js';
import { migrations, SLOW } from './hypervisor-migrations.js';

/** Migration of domains that are defined: their definition is on one host only, before and afterwards. */
export const movedDefinitionContract: ContractPart = (getContext) => {
  describe('migration of a defined domain', () => {
    const { settle, create, define, find, target, places, migrate, describeBusy, requireTarget } =
      migrations(getContext);

    before(function () {
      requireTarget(this);
    });

    it('takes the definition along where it runs', async () => {
      const { source } = getContext();
      const { uuid } = await define('contract-move');
      await settle(source.start('contract-move'));
      expect(await migrate('contract-move')).to.include({ mode: 'live' });
      expect(await places('contract-move')).to.deep.equal([undefined, 'running']);
      const there = target().hypervisor;
      expect(await find('contract-move', there)).to.include({ persistent: true, uuid });
      await settle(there.destroy('contract-move'));
      expect(await places('contract-move')).to.deep.equal([undefined, 'shutoff']);
      await settle(there.start('contract-move'));
    });

    it('moves the definition alone where it does not run', async () => {
      const { source } = getContext();
      const plain = getContext().describeDomain('contract-cold');
      const { uuid } = await settle(source.define({ ...plain, labels: { image: 'tomcat' } }));
      const outcome = await migrate('contract-cold');
      expect(outcome).to.include({ mode: 'offline', downtimeMs: 0, transferredBytes: 0 });
      expect(await places('contract-cold')).to.deep.equal([undefined, 'shutoff']);
      const { description } = await settle(target().hypervisor.describe('contract-cold'));
      expect(description).to.include({ uuid, memoryMiB: plain.memoryMiB, vcpus: plain.vcpus });
      expect(description.labels).to.deep.equal({ image: 'tomcat' });
      await settle(target().hypervisor.start('contract-cold'));
      expect(await places('contract-cold')).to.deep.equal([undefined, 'running']);
    });

    it('leaves the definition where it is when the migration is aborted', async () => {
      const { source } = getContext();
      const { uuid } = await settle(source.define(describeBusy('contract-move-abort')));
      await settle(source.start('contract-move-abort'));
      await getContext().pause(1000);
      const abort = new AbortController();
      const attempt = migrate('contract-move-abort', {
        ...SLOW,
        signal: abort.signal,
        onProgress: () => abort.abort(),
      });
      await rejection(attempt, 'migration-aborted');
      expect(await places('contract-move-abort')).to.deep.equal(['running', undefined]);
      expect(await find('contract-move-abort')).to.include({ persistent: true, uuid });
    });

    it('leaves the definition where it is when the target cannot be reached', async () => {
      await define('contract-cold-stays');
      const nowhere = { host: 'nowhere', uri: 'qemu+tcp://127.0.0.1:1/system' };
      const attempt = settle(getContext().source.migrate('contract-cold-stays', nowhere));
      await rejection(attempt, 'migration-failed');
      expect(await places('contract-cold-stays')).to.deep.equal(['shutoff', undefined]);
    });

    it('is refused where the target has another domain of that name, and both stay', async () => {
      const there = target().hypervisor;
      for (const [name, running] of [
        ['contract-clash-cold', false],
        ['contract-clash-live', true],
      ] as const) {
        const other = await settle(there.define(getContext().describeDomain(name)));
        if (running) await create(name);
        else await define(name);
        await rejection(migrate(name), 'migration-failed');
        expect(await places(name)).to.deep.equal([running ? 'running' : 'shutoff', 'shutoff']);
        expect(await find(name, there)).to.include({ uuid: other.uuid });
      }
    });
  });
};
