import { expect } from 'chai';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage, VolumeDescription } from '../../core/model/storage.js';
import { skipBecause } from '../support/skip.js';
import { actions, rejection, type ContractPart } from './hypervisor-context.js';

const MIB = 2 ** 20;
const POOL = 'contract-pool';

/** Pools and volumes of a host. */
export const storageContract: ContractPart = (getContext) => {
  describe('the storage', () => {
    const { settle } = actions(getContext);
    let storage: Storage;
    let folder: string;
    let files: string | undefined;

    before(async function () {
      const { storageFolder, source } = getContext();
      if (storageFolder === undefined) {
        skipBecause(this, "libvirt's test driver has no real storage", 'the same tests run on QEMU hosts');
        return;
      }
      storage = source.storage;
      folder = storageFolder;
      files = await mkdtemp(join(tmpdir(), 'attitune-contract-'));
      await settle(storage.ensureFolderPool(POOL, folder));
    });
    afterEach(async () => {
      if (files === undefined) return;
      for (const { name } of await settle(storage.volumes(POOL))) await settle(storage.deleteVolume(POOL, name));
    });
    after(async () => {
      if (files !== undefined) await rm(files, { recursive: true, force: true });
    });

    const make = (name: string, more: Partial<VolumeDescription> = {}) =>
      settle(storage.createVolume(POOL, { name, format: 'raw', capacityBytes: 4 * MIB, ...more }));
    const find = async (name: string) => (await settle(storage.volumes(POOL))).find((one) => one.name === name);
    const fileOf = async (bytes: number): Promise<string> => {
      const path = join(files ?? '', `${bytes}.img`);
      await writeFile(path, 'image');
      await truncate(path, bytes);
      return path;
    };

    it('makes a pool of a folder, and the same one again', async () => {
      const pool = await settle(storage.ensureFolderPool(POOL, folder));
      expect(pool).to.include({ name: POOL, type: 'dir', path: folder, active: true });
      expect(pool.availableBytes).to.be.within(1, pool.capacityBytes);
      expect((await settle(storage.pools())).filter(({ name }) => name === POOL)).to.have.length(1);
      await rejection(settle(storage.ensureFolderPool(POOL, `${folder}-elsewhere`)), 'storage-exists');
      await rejection(settle(storage.ensureFolderPool('contract-relative', 'folder')), 'value');
    });

    it('makes volumes, lists them, and deletes them', async () => {
      const made = await make('disk.img');
      expect(made).to.include({ name: 'disk.img', pool: POOL, path: join(folder, 'disk.img'), format: 'raw' });
      expect(made.capacityBytes).to.equal(4 * MIB);
      expect(made.allocationBytes).to.be.within(0, 4 * MIB);
      expect(await find('disk.img')).to.include({ format: 'raw', capacityBytes: 4 * MIB });
      await settle(storage.deleteVolume(POOL, 'disk.img'));
      expect(await find('disk.img')).to.equal(undefined);
    });

    it('makes an overlay on another volume', async () => {
      const base = await make('base.img');
      const backing = { path: base.path, format: 'raw' as const };
      const overlay = await make('overlay.qcow2', { format: 'qcow2', capacityBytes: 8 * MIB, backing });
      expect(overlay).to.include({ format: 'qcow2', capacityBytes: 8 * MIB });
      expect(overlay.backing).to.deep.equal(backing);
      expect((await find('overlay.qcow2'))?.backing).to.deep.equal(backing);
      await rejection(make('overlay.img', { backing }), 'value');
    });

    it('copies a volume, larger where it is told to', async () => {
      const original = await make('original.img');
      await settle(storage.upload(POOL, 'original.img', await fileOf(4 * MIB)));
      const described = { name: 'copy.qcow2', format: 'qcow2' as const, capacityBytes: 6 * MIB };
      const copy = await settle(storage.copyVolume(POOL, 'original.img', described));
      expect(copy).to.include({ name: 'copy.qcow2', format: 'qcow2', capacityBytes: 6 * MIB });
      expect(copy.backing).to.equal(undefined);
      expect((await find('original.img'))?.capacityBytes).to.equal(original.capacityBytes);
    });

    it('uploads a file, and tells how far it is', async () => {
      await make('upload.img');
      const done: number[] = [];
      const onProgress = (bytes: number) => void done.push(bytes);
      await settle(storage.upload(POOL, 'upload.img', await fileOf(2 * MIB), { onProgress }));
      expect(done.at(-1)).to.equal(2 * MIB);
      expect([...done].sort((a, b) => a - b)).to.deep.equal(done);
      expect((await find('upload.img'))?.capacityBytes).to.equal(4 * MIB);
    });

    it('uploads nothing that does not fit, cannot be read, or was cancelled', async () => {
      await make('small.img', { capacityBytes: MIB });
      await rejection(settle(storage.upload(POOL, 'small.img', await fileOf(2 * MIB))), 'no-capacity');
      await rejection(settle(storage.upload(POOL, 'small.img', join(files ?? '', 'none'))), 'file-not-found');
      const signal = AbortSignal.abort();
      await rejection(settle(storage.upload(POOL, 'small.img', await fileOf(MIB), { signal })), 'cancelled');
    });

    it('makes a volume larger, never smaller', async () => {
      await make('grow.img');
      await settle(storage.resizeVolume(POOL, 'grow.img', 8 * MIB));
      expect((await find('grow.img'))?.capacityBytes).to.equal(8 * MIB);
      await rejection(settle(storage.resizeVolume(POOL, 'grow.img', 4 * MIB)), 'value');
      expect((await find('grow.img'))?.capacityBytes).to.equal(8 * MIB);
    });

    it('says what is not there, and what is there already', async () => {
      await make('one.img');
      const two = { name: 'two.img', format: 'raw' as const, capacityBytes: MIB };
      await rejection(make('one.img'), 'storage-exists');
      await rejection(settle(storage.copyVolume(POOL, 'one.img', { ...two, name: 'one.img' })), 'storage-exists');
      await rejection(settle(storage.volumes('contract-no-pool')), 'unknown-storage');
      await rejection(settle(storage.createVolume('contract-no-pool', two)), 'unknown-storage');
      await rejection(settle(storage.copyVolume(POOL, 'none.img', two)), 'unknown-storage');
      await rejection(settle(storage.upload(POOL, 'none.img', await fileOf(MIB))), 'unknown-storage');
      await rejection(settle(storage.resizeVolume(POOL, 'none.img', MIB)), 'unknown-storage');
      await rejection(settle(storage.deleteVolume(POOL, 'none.img')), 'unknown-storage');
      expect((await settle(storage.volumes(POOL))).map(({ name }) => name)).to.deep.equal(['one.img']);
    });

    it('refuses names that lead elsewhere, and impossible sizes', async () => {
      for (const name of ['', '..', '../disk.img', 'a/b.img', 'a\nb.img']) await rejection(make(name), 'value');
      for (const capacityBytes of [0, -MIB, 1.5]) await rejection(make('wrong.img', { capacityBytes }), 'value');
      await rejection(make('huge.img', { capacityBytes: 2 ** 52 }), 'no-capacity');
      expect(await settle(storage.volumes(POOL))).to.deep.equal([]);
    });
  });
};
