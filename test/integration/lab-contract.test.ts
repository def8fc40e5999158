import { hypervisorContract } from '../contract/hypervisor.contract.js';
import { startLabContext } from '../support/lab-context.js';
import { skipUnless } from '../support/skip.js';

describe('two hosts of the lab, with their lock managers', function () {
  before(function () {
    skipUnless(this, {
      root: true,
      programs: {
        'qemu-system-x86_64': 'qemu-system-x86',
        'qemu-img': 'qemu-utils',
        libvirtd: 'libvirt-daemon',
        debootstrap: 'debootstrap',
      },
      env: 'ATTITUNE_TEST_LAB',
    });
  });

  hypervisorContract('LibvirtHypervisor on the lab', startLabContext);
});
