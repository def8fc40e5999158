import { expect } from 'chai';
import type { DomainEvent, MigrationProgress } from '../../core/model/hypervisor.js';
import { skipBecause } from '../support/skip.js';
import { eventually, rejection, type ContractPart } from './hypervisor-context.js';
import { migrations, SLOW } from './hypervisor-migrations.js';

/** Live migration of transient domains; skipped where there is no second host. */
export const migrationContract: ContractPart = (getContext) => {
  describe('live migration', () => {
    const { settle, create, busy, target, places, migrate, requireTarget } = migrations(getContext);

    before(function () {
      requireTarget(this);
    });

    it('moves a running domain and tells what it cost', async () => {
      const created = await create('contract-migrate');
      const outcome = await migrate('contract-migrate');
      expect(outcome.mode).to.equal('live');
      expect(outcome.elapsedMs).to.be.greaterThan(0);
      expect(outcome.downtimeMs).to.be.within(0, outcome.elapsedMs);
      expect(outcome.transferredBytes).to.be.greaterThan(0);
      expect(await places('contract-migrate')).to.deep.equal([undefined, 'running']);
      const there = (await settle(target().hypervisor.list())).find((one) => one.name === 'contract-migrate');
      expect(there).to.include({ uuid: created.uuid, persistent: false });
    });

    it('tells on both hosts that the domain migrated', async () => {
      const { source } = getContext();
      const here: DomainEvent[] = [];
      const there: DomainEvent[] = [];
      const subscriptions = [
        await settle(source.onDomainEvent((event) => here.push(event))),
        await settle(target().hypervisor.onDomainEvent((event) => there.push(event))),
      ];
      await create('contract-migrate-events');
      await migrate('contract-migrate-events');
      const migrated = (events: DomainEvent[], kind: string) =>
        events.some((event) => event.kind === kind && event.detail === 'migrated');
      await eventually(getContext(), '"stopped migrated" on the source', () => migrated(here, 'stopped'));
      await eventually(getContext(), '"started migrated" on the target', () => migrated(there, 'started'));
      for (const subscription of subscriptions) subscription.unsubscribe();
    });

    it('keeps a suspended domain suspended', async () => {
      await create('contract-suspended');
      await settle(getContext().source.suspend('contract-suspended'));
      await migrate('contract-suspended');
      expect(await places('contract-suspended')).to.deep.equal([undefined, 'paused']);
      await settle(target().hypervisor.resume('contract-suspended'));
      expect(await places('contract-suspended')).to.deep.equal([undefined, 'running']);
    });

    it('reports progress, and stays where it is when aborted', async () => {
      await busy('contract-abort');
      const progress: MigrationProgress[] = [];
      const abort = new AbortController();
      const onProgress = (step: MigrationProgress) => {
        progress.push(step);
        if (progress.length === 3) abort.abort();
      };
      const attempt = migrate('contract-abort', { ...SLOW, signal: abort.signal, onProgress });
      const error = await rejection(attempt, 'migration-aborted');
      expect(error.message).to.include('contract-abort');
      expect(progress.length).to.be.at.least(3);
      for (const [index, step] of progress.entries()) {
        expect(step.domain).to.equal('contract-abort');
        expect(step.totalBytes).to.be.greaterThan(0);
        expect(step.processedBytes).to.be.at.least(0);
        expect(step.remainingBytes).to.be.at.least(0);
        expect(step.elapsedMs).to.be.at.least(progress[index - 1]?.elapsedMs ?? 0);
      }
      expect(await places('contract-abort')).to.deep.equal(['running', undefined]);
    });

    it('migrates after an aborted attempt', async () => {
      await busy('contract-again');
      const abort = new AbortController();
      const attempt = migrate('contract-again', { ...SLOW, signal: abort.signal, onProgress: () => abort.abort() });
      await rejection(attempt, 'migration-aborted');
      await migrate('contract-again', { bandwidthMiBps: 100 });
      expect(await places('contract-again')).to.deep.equal([undefined, 'running']);
    });

    it('does not begin when it was aborted before', async () => {
      await create('contract-abort-early');
      await rejection(migrate('contract-abort-early', { signal: AbortSignal.abort() }), 'migration-aborted');
      expect(await places('contract-abort-early')).to.deep.equal(['running', undefined]);
    });

    it('ends after its time, and the domain stays where it is', async () => {
      await busy('contract-late');
      const error = await rejection(migrate('contract-late', { ...SLOW, timeoutMs: 1000 }), 'migration-timeout');
      expect(error.message).to.include('contract-late');
      expect(await places('contract-late')).to.deep.equal(['running', undefined]);
    });

    it('is switched to post-copy where that is allowed and it does not end by itself', async function () {
      if (getContext().features.canPostCopy !== true)
        skipBecause(this, 'post-copy needs userfaultfd, which is not allowed here', 'run it as root');
      await busy('contract-post-copy');
      const progress: MigrationProgress[] = [];
      const outcome = await migrate('contract-post-copy', {
        ...SLOW,
        autoConverge: false,
        postCopyAfterMs: 500,
        onProgress: (step) => progress.push(step),
      });
      expect(outcome.mode).to.equal('post-copy');
      expect(outcome.downtimeMs).to.be.within(0, outcome.elapsedMs);
      expect(await places('contract-post-copy')).to.deep.equal([undefined, 'running']);
    });

    it('leaves the domain where it is when the target cannot be reached', async () => {
      await create('contract-no-target');
      const nowhere = { host: 'nowhere', uri: 'qemu+tcp://127.0.0.1:1/system' };
      const attempt = settle(getContext().source.migrate('contract-no-target', nowhere));
      const error = await rejection(attempt, 'migration-failed');
      expect(error.message).to.include('contract-no-target').and.include('nowhere');
      expect(await places('contract-no-target')).to.deep.equal(['running', undefined]);
    });

    it('says of an unknown domain that there is none', async () => {
      await rejection(migrate('contract-unknown'), 'domain-not-found');
    });

    it('refuses options that are no numbers above 0', async () => {
      await create('contract-options');
      for (const options of [{ bandwidthMiBps: 0 }, { maxDowntimeMs: -1 }, { timeoutMs: NaN }, { postCopyAfterMs: -5 }])
        await rejection(migrate('contract-options', options), 'value');
      expect(await places('contract-options')).to.deep.equal(['running', undefined]);
    });

    it('tells a domain that is powered off while it migrates from one that migrated', async () => {
      await busy('contract-die');
      const onProgress = () =>
        void getContext()
          .source.destroy('contract-die')
          .catch(() => undefined);
      await rejection(migrate('contract-die', { ...SLOW, onProgress }), 'domain-died');
      expect(await places('contract-die')).to.deep.equal([undefined, undefined]);
    });
  });
};
