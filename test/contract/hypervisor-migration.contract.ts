import { expect } from 'chai';
import type { DomainDescription, DomainEvent, MigrationProgress } from '../../core/model/hypervisor.js';
import { eventually, rejection } from './hypervisor-context.js';
import { skipBecause } from '../support/skip.js';
import type { HypervisorContext } from './hypervisor-context.js';

/** The part of the hypervisor's contract that needs two hosts; skipped where these cannot migrate. */
export function hypervisorMigrationContract(getContext: () => HypervisorContext): void {
  describe('live migration', () => {
    let context: HypervisorContext;
    let target: NonNullable<HypervisorContext['target']>;

    before(function () {
      context = getContext();
      if (!context.features.canMigrate) {
        skipBecause(this, "libvirt's test driver cannot migrate", 'the same tests run on QEMU and on simulated hosts');
      }
      if (!context.target) throw new Error('a context that can migrate needs a target');
      target = context.target;
    });

    const settle = <T>(promise: Promise<T>): Promise<T> => context.settle(promise);
    const places = async (domain: string) => {
      const [here, there] = [await settle(context.source.list()), await settle(target.hypervisor.list())];
      return {
        source: here.find((one) => one.name === domain)?.state,
        target: there.find((one) => one.name === domain)?.state,
      };
    };
    const busy = (name: string): DomainDescription =>
      context.describeBusyDomain?.(name) ?? expect.fail('a context that can migrate needs describeBusyDomain');

    it('moves a running domain and tells what it cost', async () => {
      const created = await settle(context.source.create(context.describeDomain('contract-migrate')));
      const outcome = await settle(context.source.migrate('contract-migrate', target.migration));
      expect(outcome.elapsedMs).to.be.greaterThan(0);
      expect(outcome.downtimeMs).to.be.within(0, outcome.elapsedMs);
      expect(outcome.transferredBytes).to.be.greaterThan(0);
      expect(await places('contract-migrate')).to.deep.equal({ source: undefined, target: 'running' });
      const there = (await settle(target.hypervisor.list())).find((one) => one.name === 'contract-migrate');
      expect(there?.uuid).to.equal(created.uuid);
    });

    it('tells on both hosts that the domain migrated', async () => {
      const here: DomainEvent[] = [];
      const there: DomainEvent[] = [];
      const subscriptions = [
        await settle(context.source.onDomainEvent((event) => here.push(event))),
        await settle(target.hypervisor.onDomainEvent((event) => there.push(event))),
      ];
      await settle(context.source.create(context.describeDomain('contract-migrate-events')));
      await settle(context.source.migrate('contract-migrate-events', target.migration));
      const migrated = (events: DomainEvent[], kind: string) =>
        events.some((event) => event.kind === kind && event.detail === 'migrated');
      await eventually(context, '"stopped migrated" on the source', () => migrated(here, 'stopped'));
      await eventually(context, '"started migrated" on the target', () => migrated(there, 'started'));
      for (const subscription of subscriptions) subscription.unsubscribe();
    });

    it('reports progress, and stays where it is when aborted', async () => {
      await settle(context.source.create(busy('contract-abort')));
      await context.pause(1000);
      const progress: MigrationProgress[] = [];
      const abort = new AbortController();
      const error = await rejection(
        settle(
          context.source.migrate('contract-abort', target.migration, {
            bandwidthMiBps: 1,
            maxDowntimeMs: 10,
            signal: abort.signal,
            onProgress: (step) => {
              progress.push(step);
              if (progress.length === 3) abort.abort();
            },
          }),
        ),
        'migration-aborted',
      );
      expect(error.message).to.include('contract-abort');
      expect(progress.length).to.be.at.least(3);
      for (const [index, step] of progress.entries()) {
        expect(step.domain).to.equal('contract-abort');
        expect(step.totalBytes).to.be.greaterThan(0);
        expect(step.processedBytes).to.be.at.least(0);
        expect(step.remainingBytes).to.be.at.least(0);
        expect(step.elapsedMs).to.be.at.least(progress[index - 1]?.elapsedMs ?? 0);
      }
      expect(await places('contract-abort')).to.deep.equal({ source: 'running', target: undefined });
    });

    it('migrates after an aborted attempt', async () => {
      await settle(context.source.create(busy('contract-again')));
      const abort = new AbortController();
      const attempt = context.source.migrate('contract-again', target.migration, {
        bandwidthMiBps: 1,
        maxDowntimeMs: 10,
        signal: abort.signal,
        onProgress: () => abort.abort(),
      });
      await rejection(settle(attempt), 'migration-aborted');
      await settle(context.source.migrate('contract-again', target.migration, { bandwidthMiBps: 100 }));
      expect(await places('contract-again')).to.deep.equal({ source: undefined, target: 'running' });
    });

    it('does not begin when it was aborted before', async () => {
      await settle(context.source.create(context.describeDomain('contract-abort-early')));
      const signal = AbortSignal.abort();
      const attempt = context.source.migrate('contract-abort-early', target.migration, { signal });
      await rejection(settle(attempt), 'migration-aborted');
      expect(await places('contract-abort-early')).to.deep.equal({ source: 'running', target: undefined });
    });

    it('leaves the domain where it is when the target cannot be reached', async () => {
      await settle(context.source.create(context.describeDomain('contract-no-target')));
      const nowhere = { host: 'nowhere', uri: 'qemu+tcp://127.0.0.1:1/system' };
      const attempt = context.source.migrate('contract-no-target', nowhere);
      const error = await rejection(settle(attempt), 'migration-failed');
      expect(error.message).to.include('contract-no-target').and.include('nowhere');
      expect(await places('contract-no-target')).to.deep.equal({ source: 'running', target: undefined });
    });

    it('says of an unknown domain that there is none', async () => {
      await rejection(settle(context.source.migrate('contract-unknown', target.migration)), 'domain-not-found');
    });

    it('tells a domain that is powered off while it migrates from one that migrated', async () => {
      await settle(context.source.create(busy('contract-die')));
      const attempt = context.source.migrate('contract-die', target.migration, {
        bandwidthMiBps: 1,
        maxDowntimeMs: 10,
        onProgress: () => void context.source.destroy('contract-die').catch(() => undefined),
      });
      await rejection(settle(attempt), 'domain-died');
      expect(await places('contract-die')).to.deep.equal({ source: undefined, target: undefined });
    });
  });
}
