import { expect } from 'chai';
import type { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { hypervisorContract } from '../contract/hypervisor.contract.js';
import { rejection } from '../contract/hypervisor-context.js';
import { busyDisk, ownDisk } from '../support/busy-disk.js';
import { startHypervisorPair } from '../support/libvirt-pair.js';
import type { LibvirtPair } from '../support/libvirt-pair.js';
import { killDaemon, skipWithoutPrivateLibvirt } from '../support/private-libvirt.js';
import { installed } from '../support/skip.js';

describe('QEMU guests on two libvirt daemons of our own', () => {
  before(function () {
    skipWithoutPrivateLibvirt(this);
  });

  hypervisorContract('LibvirtHypervisor with QEMU', async () => {
    const canLock = installed('virtlockd');
    const pair = await startHypervisorPair({ locks: canLock });
    const folder = pair.daemons[0]!.directory;
    const describeDomain = (name: string, content?: Buffer): DomainDescription => ({
      ...pair.idleGuest(name),
      disks: [{ path: ownDisk(folder, name, content), format: 'raw' }],
    });
    return {
      features: { canMigrate: true, canPostCopy: true, canAgent: false, canLock },
      source: pair.source,
      target: { hypervisor: pair.target, migration: pair.migration },
      describeDomain: (name) => describeDomain(name),
      describeBusyDomain: (name) => describeDomain(name, busyDisk()),
      storageFolder: join(folder, 'pool'),
      connect: () => pair.connect(),
      settle: (promise) => promise,
      pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      dispose: () => pair.stop(),
    };
  });

  describe('a host that is lost while a guest migrates', function () {
    this.timeout(60_000);
    let pair: LibvirtPair;
    const slow = { bandwidthMiBps: 1, maxDowntimeMs: 1 };

    beforeEach(async () => {
      pair = await startHypervisorPair();
      await pair.source.create(pair.busyGuest('guest'));
    });
    afterEach(() => pair.stop());

    it('leaves it running on the source, if it was the target', async () => {
      const lost = new Promise<Error>((resolve) => {
        pair.target.onConnection((change) => {
          if (!change.connected) resolve(change.reason);
        });
      });
      const kill = () => killDaemon(pair.daemons[1]!);
      const error = await rejection(
        pair.source.migrate('guest', pair.migration, { ...slow, onProgress: kill }),
        'migration-failed',
      );
      expect(error.message).to.include('it is running on host1');
      expect(await lost).to.have.property('code', 'host-unreachable');
      expect(await pair.source.list()).to.have.length(1);
    });

    it('is told as unknown, if it was the source', async () => {
      const kill = () => killDaemon(pair.daemons[0]!);
      const error = await rejection(
        pair.source.migrate('guest', pair.migration, { ...slow, onProgress: kill }),
        'host-unreachable',
      );
      expect(error.message).to.include('Ask both hosts');
    });
  });
});
