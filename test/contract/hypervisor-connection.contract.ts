import { expect } from 'chai';
import { actions, rejection, type ContractPart } from './hypervisor-context.js';

/** The end of a connection. */
export const connectionContract: ContractPart = (getContext) => {
  describe('a connection', () => {
    const { settle, create, stateOf } = actions(getContext);

    it('closes: nothing stays pending, later calls fail, and domains keep running', async () => {
      await create('contract-close');
      const closing = await settle(getContext().connect());
      const lost: Error[] = [];
      closing.onConnection((change) => {
        if (!change.connected) lost.push(change.reason);
      });
      await settle(closing.onDomainEvent(() => undefined));
      const pending = [
        closing.list(),
        closing.statistics(),
        closing.nodeCpu(),
        closing.nodeMemory(),
        closing.capabilities(),
        closing.describe('contract-close'),
      ];
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

    it('sees what others do over theirs', async () => {
      const other = await settle(getContext().connect());
      try {
        await settle(other.define(getContext().describeDomain('contract-other')));
        await settle(getContext().source.start('contract-other'));
        await settle(other.suspend('contract-other'));
        expect(await stateOf('contract-other')).to.equal('paused');
      } finally {
        await settle(other.close());
      }
    });
  });
};
