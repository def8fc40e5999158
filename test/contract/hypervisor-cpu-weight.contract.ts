import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import { skipBecause } from '../support/skip.js';
import { actions, rejection, type ContractPart } from './hypervisor-context.js';

/** What a domain gets of the host's CPU beside others. */
export const cpuWeightContract: ContractPart = (getContext) => {
  describe('the CPU weight of a domain', () => {
    const { settle } = actions(getContext);

    it('can be set while it runs, again and again, where the host can share its CPU out', async function () {
      const context = getContext();
      const { source } = context;
      await settle(source.create(context.describeDomain('contract-weight')));
      try {
        for (const weight of [200, 2, 10_000]) await settle(source.setCpuWeight('contract-weight', weight));
      } catch (error) {
        if (!AttituneError.is(error, 'hypervisor')) throw error;
        expect(error.message).to.contain('contract-weight cannot be given a CPU weight');
        skipBecause(this, 'the host has no cpu controller of cgroups for its guests', 'it does on most machines');
      }
    });

    it('is refused out of its range, of one that does not run, and of one that is not there', async () => {
      const context = getContext();
      const { source } = context;
      await settle(source.define(context.describeDomain('contract-weight-off')));
      for (const weight of [1, 10_001, 1.5, Number.NaN])
        await rejection(settle(source.setCpuWeight('contract-weight-off', weight)), 'value');
      await rejection(settle(source.setCpuWeight('contract-weight-off', 100)), 'domain-state');
      await rejection(settle(source.setCpuWeight('contract-none', 100)), 'domain-not-found');
    });
  });
};
