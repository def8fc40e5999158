import { expect } from 'chai';
import { skipBecause } from '../support/skip.js';
import { rejection, type ContractPart } from './hypervisor-context.js';
import { migrations, SLOW } from './hypervisor-migrations.js';

/** A domain never runs on two hosts, whatever is tried. */
export const neverTwiceContract: ContractPart = (getContext) => {
  describe('a domain that may be on two hosts', () => {
    const { settle, create, busy, target, places, migrate, requireTarget } = migrations(getContext);

    before(function () {
      requireTarget(this);
    });

    it('runs on one of them at every moment of its migration', async () => {
      await busy('contract-once');
      const seen: string[] = [];
      const { source } = getContext();
      const look = async () => {
        // the target first: it must not run there before it has stopped here
        const there = (await target().hypervisor.list()).find(({ name }) => name === 'contract-once')?.state;
        const here = (await source.list()).find(({ name }) => name === 'contract-once')?.state;
        seen.push(`${here} ${there}`);
      };
      // also where it is over before any progress is told
      let looking: Promise<unknown> = look();
      await migrate('contract-once', {
        bandwidthMiBps: 8,
        onProgress: () => {
          looking = looking.then(look);
        },
      });
      await settle(looking);
      expect(seen).to.not.have.length(0);
      expect(seen).to.not.include('running running');
      expect(await places('contract-once')).to.deep.equal([undefined, 'running']);
    });

    it('is not migrated a second time while a migration is under way', async () => {
      await busy('contract-second');
      const abort = new AbortController();
      const other = await settle(getContext().connect());
      let second: Promise<unknown> | undefined;
      const first = migrate('contract-second', {
        ...SLOW,
        signal: abort.signal,
        onProgress: () => {
          second ??= rejection(other.migrate('contract-second', target().migration), 'domain-state').finally(() =>
            abort.abort(),
          );
        },
      });
      await rejection(first, 'migration-aborted');
      await settle(Promise.resolve(second));
      expect(second, 'a second migration was tried').to.not.equal(undefined);
      await settle(other.close());
      expect(await places('contract-second')).to.deep.equal(['running', undefined]);
    });

    it('is neither created nor defined anew where it is on its way to', async () => {
      const { uuid } = await busy('contract-arriving');
      const abort = new AbortController();
      const again = getContext().describeDomain('contract-arriving');
      let tried: Promise<unknown> | undefined;
      const first = migrate('contract-arriving', {
        ...SLOW,
        signal: abort.signal,
        onProgress: () => {
          tried ??= Promise.all([
            rejection(target().hypervisor.create(again), 'domain-exists'),
            rejection(target().hypervisor.create({ ...again, uuid }), 'domain-exists'),
          ]).finally(() => abort.abort());
        },
      });
      await rejection(first, 'migration-aborted');
      await settle(Promise.resolve(tried));
      expect(tried, 'it was tried').to.not.equal(undefined);
      expect(await places('contract-arriving')).to.deep.equal(['running', undefined]);
    });

    it('keeps its disk to itself, on both hosts', async function () {
      if (getContext().features.canLock !== true)
        skipBecause(this, 'these hosts have no lock manager', 'the simulation and the lab have one');
      await create('contract-lock');
      const { disks } = getContext().describeDomain('contract-lock');
      const thief = { ...getContext().describeDomain('contract-thief'), disks };
      for (const hypervisor of [getContext().source, target().hypervisor]) {
        const error = await rejection(settle(hypervisor.create(thief)), 'disk-in-use');
        expect(error.message).to.include(disks[0]?.path);
      }
      await migrate('contract-lock');
      await rejection(settle(getContext().source.create(thief)), 'disk-in-use');
      await settle(target().hypervisor.destroy('contract-lock'));
      await settle(getContext().source.create(thief));
      expect(await places('contract-thief')).to.deep.equal(['running', undefined]);
    });
  });
};
