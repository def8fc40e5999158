import { hypervisorContract } from '../contract/hypervisor.contract.js';
import { startLabContext } from '../support/lab-context.js';
import { skipWithoutLab } from '../support/skip.js';

describe('two hosts of the lab, with their lock managers', function () {
  before(function () {
    skipWithoutLab(this);
  });

  hypervisorContract('LibvirtHypervisor on the lab', startLabContext);
});
