import { expect } from 'chai';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { actions, rejection, type ContractPart } from './hypervisor-context.js';

/** Wrong calls: refused with their code, and nothing changed. */
export const errorsContract: ContractPart = (getContext) => {
  describe('a wrong call', () => {
    const { settle, create, find } = actions(getContext);

    it('says of an unknown domain that there is none', async () => {
      const { source } = getContext();
      const unknown = 'contract-unknown';
      const calls = {
        describe: source.describe(unknown),
        addresses: source.addresses(unknown),
        start: source.start(unknown),
        undefine: source.undefine(unknown),
        setAutostart: source.setAutostart(unknown, true),
        shutdown: source.shutdown(unknown),
        reboot: source.reboot(unknown),
        destroy: source.destroy(unknown),
        suspend: source.suspend(unknown),
        resume: source.resume(unknown),
        scale: source.scale(unknown, { vcpus: 1 }),
        cpuOf: source.cpuOf(unknown),
        guestAgent: source.guestAgent(unknown, { execute: 'guest-ping' }),
      };
      const outcomes = await settle(Promise.allSettled(Object.values(calls)));
      const codes = outcomes.map((outcome) =>
        outcome.status === 'rejected' ? (outcome.reason as { code?: string }).code : 'resolved',
      );
      const told = Object.fromEntries(Object.keys(calls).map((call, index) => [call, codes[index]]));
      const expected = Object.fromEntries(Object.keys(calls).map((call) => [call, 'domain-not-found']));
      expect(told).to.deep.equal(expected);
    });

    it('makes no domain of an impossible description', async () => {
      const { source } = getContext();
      const plain = getContext().describeDomain('contract-wrong');
      const wrong: Readonly<Record<string, Partial<DomainDescription>>> = {
        'no name': { name: '' },
        'a path as its name': { name: 'contract-wrong/../x' },
        'a control character in its name': { name: 'contract-wrong\n' },
        'no memory': { memoryMiB: 0 },
        'less than no memory': { memoryMiB: -64 },
        'half a MiB': { memoryMiB: 64.5 },
        'no virtual CPU': { vcpus: 0 },
        'a maximum below its memory': { maxMemoryMiB: plain.memoryMiB - 1 },
        'a maximum below its virtual CPUs': { vcpus: 2, maxVcpus: 1 },
      };
      const before = (await settle(source.list())).length;
      for (const [what, change] of Object.entries(wrong)) {
        for (const call of ['create', 'define'] as const) {
          const error = await rejection(settle(source[call]({ ...plain, ...change })), 'value');
          expect(error.message, what).to.include(JSON.stringify(change.name ?? plain.name));
        }
      }
      expect(await settle(source.list())).to.have.length(before);
    });

    it('takes names with quotes, brackets and ampersands as they are', async () => {
      const name = `contract-"O'Hara" <&amp;>`;
      const created = await create(name);
      expect(created.name).to.equal(name);
      expect((await settle(getContext().source.describe(name))).description.name).to.equal(name);
      await settle(getContext().source.destroy(name));
      expect(await find(name)).to.equal(undefined);
    });

    it('is told of a CPU that nobody knows', async () => {
      const error = await settle(getContext().source.compareCpu('no CPU at all')).catch((reason: unknown) => reason);
      expect(error).to.have.property('code', 'hypervisor');
    });
  });
};
