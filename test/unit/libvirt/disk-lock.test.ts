import { expect } from 'chai';
import { AttituneError } from '../../../core/model/errors.js';
import { diskLockOf, lockName } from '../../../wrappers/libvirt/disk-lock.js';

const told = (message: string) => new AttituneError('hypervisor', message, { details: { libvirtCode: 1 } });

describe('disks that are in use', () => {
  it('are told by QEMU with their path', () => {
    const error = told(
      'host1: internal error: process exited while connecting to monitor: qemu-system-x86_64: -device {…}: ' +
        'Failed to get "write" lock\nIs another process using the image [/disks/a b.qcow2]?',
    );
    expect(diskLockOf(error, [])).to.deep.equal({ by: 'QEMU', path: '/disks/a b.qcow2' });
    const shared = told('Failed to get shared "write" lock\nIs another process using the image [/d]?');
    expect(diskLockOf(shared, [])).to.deep.equal({ by: 'QEMU', path: '/d' });
  });

  it('are told by the lock manager with a name that is made of their path', () => {
    const error = told(`host1: resource busy: Lockspace resource '${lockName('/disks/a.img')}' is locked`);
    const disks = ['/disks/b.img', '/disks/a.img'];
    expect(diskLockOf(error, disks)).to.deep.equal({ by: 'lock manager', path: '/disks/a.img' });
    expect(diskLockOf(error, ['/disks/b.img'])).to.deep.equal({ by: 'lock manager' });
  });

  it('are none of what else goes wrong', () => {
    expect(diskLockOf(told('host1: no space left'), ['/a'])).to.equal(undefined);
    expect(diskLockOf(new Error("Lockspace resource 'a' is locked"), ['/a'])).to.equal(undefined);
  });
});
