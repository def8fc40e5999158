import { expect } from 'chai';
import { dirname } from 'node:path';
import { SystemClock } from '../../core/model/clock.js';
import { MigrationQueue } from '../../core/model/migration-queue.js';
import { migrateVm, preflightVm, type VmMigration } from '../../wrappers/vm/migrate-vm.js';
import { scaleVm } from '../../wrappers/vm/scale-vm.js';
import { rejection } from '../contract/hypervisor-context.js';
import { startHypervisorPair } from '../support/libvirt-pair.js';
import type { LibvirtPair } from '../support/libvirt-pair.js';
import { skipWithoutPrivateLibvirt } from '../support/private-libvirt.js';

describe('virtual machines on two libvirt daemons of our own', () => {
  before(function () {
    skipWithoutPrivateLibvirt(this);
  });

  describe('checked, migrated and scaled', function () {
    this.timeout(60_000);
    let pair: LibvirtPair;
    const queue = new MigrationQueue();
    const reports: string[] = [];

    before(async () => {
      pair = await startHypervisorPair();
    });
    after(() => pair.stop());
    afterEach(async () => {
      reports.length = 0;
      for (const host of [pair.source, pair.target]) {
        for (const { name } of await host.list()) {
          await host.destroy(name).catch(() => undefined);
          await host.undefine(name).catch(() => undefined);
        }
      }
    });

    const migration = (domain: string, more: Partial<VmMigration> = {}): VmMigration => {
      const from = { name: 'host1', hypervisor: pair.source, migrationUri: 'unused' };
      const to = { name: 'host2', hypervisor: pair.target, migrationUri: pair.migration.uri };
      const report = (text: string) => void reports.push(text);
      return { domain, from, to, hosts: [from, to], queue, clock: new SystemClock(), report, ...more };
    };

    it('a machine that runs passes every check, and migrates', async () => {
      await pair.source.define(pair.busyGuest('guest'));
      await pair.source.start('guest');
      const reasons = await preflightVm(migration('guest'));
      expect(reasons.map(({ rule, severity }) => `${rule} ${severity}`)).to.deep.equal(['storage unknown']);
      const result = await migrateVm(migration('guest'));
      expect(result).to.include({ from: 'host1', to: 'host2', mode: 'live', waitedMs: 0 });
      expect(await pair.source.list()).to.deep.equal([]);
    });

    it('a disk that the target has not is a reason, one that it has is none', async () => {
      const guest = pair.busyGuest('guest');
      await pair.source.create(guest);
      await pair.source.storage.ensureFolderPool('shared', dirname(guest.disks[0]!.path));
      const error = await rejection(migrateVm(migration('guest')), 'migration-refused');
      expect(error.message).to.include('pool shared of host1').and.include('netfs');
      await pair.target.storage.ensureFolderPool('shared', dirname(guest.disks[0]!.path));
      expect(await preflightVm(migration('guest'))).to.deep.equal([]);
    });

    it('one of its name on the target, and a host that is the same, are refused at once', async () => {
      await pair.source.define(pair.idleGuest('guest'));
      await pair.target.define(pair.idleGuest('guest'));
      const error = await rejection(migrateVm(migration('guest')), 'migration-refused');
      expect(error.message).to.include('host2 has another domain guest');
      const from = { name: 'host1', hypervisor: pair.source, migrationUri: 'unused' };
      const same = await rejection(
        migrateVm(migration('guest', { to: { ...from, name: 'again' } })),
        'migration-refused',
      );
      expect(same.message).to.include('are the same machine');
    });

    it('memory and virtual CPUs are changed while it runs, and in its definition', async () => {
      await pair.source.define({ ...pair.idleGuest('guest'), maxMemoryMiB: 64, maxVcpus: 2 });
      await pair.source.start('guest');
      const host = { name: 'host1', hypervisor: pair.source };
      const grown = await scaleVm({ domain: 'guest', host, queue, memory: '+16 MiB', vcpus: '2' });
      expect(grown).to.deep.include({ former: { memoryMiB: 32, vcpus: 1 }, size: { memoryMiB: 48, vcpus: 2 } });
      expect((await pair.source.describe('guest')).description).to.include({
        memoryMiB: 48,
        vcpus: 2,
        maxMemoryMiB: 64,
      });
      await rejection(scaleVm({ domain: 'guest', host, queue, memory: '65 MiB' }), 'value');
      await migrateVm(migration('guest'));
      expect((await pair.target.describe('guest')).description).to.include({ memoryMiB: 48, vcpus: 2 });
    });
  });
});
