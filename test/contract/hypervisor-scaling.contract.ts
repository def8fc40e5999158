import { expect } from 'chai';
import type { DomainSize } from '../../core/model/hypervisor.js';
import { skipBecause } from '../support/skip.js';
import { actions, eventually, rejection, type ContractPart } from './hypervisor-context.js';

/** Virtual CPUs and memory of a domain, changed within its maximum. */
export const scalingContract: ContractPart = (getContext) => {
  describe('the size of a domain', () => {
    const { settle } = actions(getContext);
    const growable = (name: string) => {
      const description = getContext().describeDomain(name);
      const maxMemoryMiB = 2 * description.memoryMiB;
      return { ...description, maxMemoryMiB, vcpus: 1, maxVcpus: 3 };
    };
    const defined = async (name: string): Promise<DomainSize> => {
      const { vcpus, memoryMiB } = (await settle(getContext().source.describe(name))).description;
      return { vcpus, memoryMiB };
    };
    const running = async (name: string) => {
      const found = (await settle(getContext().source.statistics())).find((one) => one.name === name);
      return found && { vcpus: found.vcpus, memoryMiB: found.memoryMiB, maxMemoryMiB: found.maxMemoryMiB };
    };

    it('changes in the definition of one that does not run, up and down', async () => {
      const { source } = getContext();
      const { memoryMiB, maxMemoryMiB } = growable('contract-scale');
      await settle(source.define(growable('contract-scale')));
      const large = { vcpus: 3, memoryMiB: maxMemoryMiB };
      expect(await settle(source.scale('contract-scale', large))).to.deep.equal(large);
      expect(await defined('contract-scale')).to.deep.equal(large);
      expect(await settle(source.scale('contract-scale', { vcpus: 2 }))).to.deep.equal({ ...large, vcpus: 2 });
      expect(await settle(source.scale('contract-scale', { memoryMiB }))).to.deep.equal({ vcpus: 2, memoryMiB });
      expect(await defined('contract-scale')).to.deep.equal({ vcpus: 2, memoryMiB });
      const { description } = await settle(source.describe('contract-scale'));
      expect(description).to.include({ maxVcpus: 3, maxMemoryMiB });
    });

    it('grows while it runs, and in the definition', async () => {
      const { source, features } = getContext();
      const { maxMemoryMiB } = growable('contract-grow');
      await settle(source.define(growable('contract-grow')));
      await settle(source.start('contract-grow'));
      const large = { vcpus: 2, memoryMiB: maxMemoryMiB };
      expect(await settle(source.scale('contract-grow', large))).to.deep.equal(large);
      expect(await defined('contract-grow')).to.deep.equal(large);
      if (features.canScaleLive !== true) return;
      await eventually(getContext(), 'the new size', async () => {
        const now = await running('contract-grow');
        return now?.vcpus === 2 && now.memoryMiB === maxMemoryMiB;
      });
      expect(await running('contract-grow')).to.deep.equal({ ...large, maxMemoryMiB });
    });

    it('of a transient one grows while it runs', async function () {
      const { source, features } = getContext();
      if (features.canScaleLive !== true)
        skipBecause(this, 'no guest gives memory back here', 'the simulation and the lab do');
      const { memoryMiB, maxMemoryMiB } = growable('contract-grow-transient');
      await settle(source.create(growable('contract-grow-transient')));
      await settle(source.scale('contract-grow-transient', { memoryMiB: maxMemoryMiB }));
      await eventually(
        getContext(),
        'more memory',
        async () => (await running('contract-grow-transient'))?.memoryMiB === maxMemoryMiB,
      );
      await settle(source.scale('contract-grow-transient', { memoryMiB }));
      await eventually(
        getContext(),
        'less memory',
        async () => (await running('contract-grow-transient'))?.memoryMiB === memoryMiB,
      );
    });

    it('stays within its maximum, and is a whole number above 0', async () => {
      const { source } = getContext();
      const { memoryMiB, maxMemoryMiB } = growable('contract-scale-wrong');
      await settle(source.define(growable('contract-scale-wrong')));
      const wrong: readonly Partial<DomainSize>[] = [
        { vcpus: 4 },
        { vcpus: 0 },
        { vcpus: 1.5 },
        { memoryMiB: maxMemoryMiB + 1 },
        { memoryMiB: 0 },
        { memoryMiB: -1 },
        { vcpus: 2, memoryMiB: maxMemoryMiB + 1 },
      ];
      const refuse = async () => {
        for (const size of wrong) await rejection(settle(source.scale('contract-scale-wrong', size)), 'value');
      };
      await refuse();
      expect(await defined('contract-scale-wrong')).to.deep.equal({ vcpus: 1, memoryMiB });
      await settle(source.start('contract-scale-wrong'));
      await refuse();
      expect(await defined('contract-scale-wrong')).to.deep.equal({ vcpus: 1, memoryMiB });
    });
  });
};
