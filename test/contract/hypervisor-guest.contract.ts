import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { Hypervisor } from '../../core/model/hypervisor.js';
import { skipBecause } from '../support/skip.js';
import { actions, eventually, type ContractPart } from './hypervisor-context.js';

/** Not one of those that are cleared after each test. */
const GUEST = 'guest-of-the-contract';

/** One guest with an operating system, from its start to its end: the tests are the steps of one life. */
export const guestContract: ContractPart = (getContext) => {
  describe('a guest with an operating system', () => {
    const { settle, find } = actions(getContext);
    const hosts = () => [getContext().source, getContext().target?.hypervisor].filter((one) => one !== undefined);
    let place: Hypervisor;

    const ping = () => place.guestAgent(GUEST, { execute: 'guest-ping' }, 2000);
    const answers = () =>
      eventually(getContext(), 'an answer of the guest agent', () =>
        settle(ping()).then(
          () => true,
          (error: unknown) => {
            if (!AttituneError.is(error, 'guest-agent')) throw error;
            return false;
          },
        ),
      );
    const size = async () => {
      const found = (await settle(place.statistics())).find(({ name }) => name === GUEST);
      return found && { vcpus: found.vcpus, memoryMiB: found.memoryMiB };
    };
    const description = () => {
      const plain = getContext().describeGuest?.(GUEST) ?? getContext().describeDomain(GUEST);
      return { ...plain, vcpus: 1, maxVcpus: 2, maxMemoryMiB: plain.memoryMiB + 64 };
    };

    before(async function () {
      if (!getContext().features.canAgent)
        skipBecause(this, 'these guests have no operating system', 'the simulation and the lab have one');
      place = getContext().source;
      await settle(place.define(description()));
      await settle(place.start(GUEST));
    });
    after(async () => {
      if (!getContext().features.canAgent) return;
      for (const hypervisor of hosts()) {
        const left = await find(GUEST, hypervisor);
        if (left && left.state !== 'shutoff') await settle(hypervisor.destroy(GUEST));
        if (left?.persistent === true) await settle(hypervisor.undefine(GUEST));
      }
    });

    it('answers through its agent once it is up', async () => {
      await answers();
      expect(await settle(ping())).to.deep.equal({});
    });

    it('says what its agent refuses', async () => {
      const error = await settle(place.guestAgent(GUEST, { execute: 'guest-no-such-command' })).catch(
        (reason: unknown) => reason,
      );
      expect(error).to.have.property('code', 'guest-agent');
    });

    it('has addresses by which it is reached', async () => {
      expect(description().networks, 'a guest needs a network').to.not.have.length(0);
      let addresses: readonly string[] = [];
      await eventually(getContext(), 'an address', async () => {
        addresses = await settle(place.addresses(GUEST));
        return addresses.length > 0;
      });
      for (const address of addresses) expect(address).to.not.match(/^(127\.|169\.254\.|fe80:|::1$)/);
    });

    it('takes more memory and CPUs, and gives memory back', async () => {
      const { memoryMiB, maxMemoryMiB } = description();
      await settle(place.scale(GUEST, { vcpus: 2, memoryMiB: maxMemoryMiB }));
      await eventually(getContext(), 'the larger size', async () => {
        const now = await size();
        return now?.vcpus === 2 && now.memoryMiB === maxMemoryMiB;
      });
      await settle(place.scale(GUEST, { memoryMiB }));
      await eventually(getContext(), 'the smaller size', async () => (await size())?.memoryMiB === memoryMiB);
    });

    it('answers on its target after a migration, with the size that it had', async function () {
      const { target, source } = getContext();
      if (!target) skipBecause(this, 'there is no second host', 'the simulation and the lab have two');
      else {
        await settle(source.migrate(GUEST, target.migration));
        place = target.hypervisor;
        await answers();
        expect(await size()).to.deep.equal({ vcpus: 2, memoryMiB: description().memoryMiB });
        expect(await find(GUEST, source)).to.equal(undefined);
      }
    });

    it('shuts down when it is asked to, and is defined still', async () => {
      await settle(place.shutdown(GUEST));
      await eventually(
        getContext(),
        'the guest to be off',
        async () => (await find(GUEST, place))?.state === 'shutoff',
      );
    });
  });
};
