import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SimulatedClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import { DomainDisks } from '../../../wrappers/vm/disks/index.js';
import { placeImage } from '../../../wrappers/vm/disks/place-image.js';
import { swapHeader } from '../../../wrappers/vm/disks/swap-header.js';
import type { GuestImage } from '../../../wrappers/vm/image/index.js';
import { MemoryStorage } from '../../support/memory-storage.js';

const MIB = 2 ** 20;
const KEY = 'debian-0123456789abcdef';

async function failure(promise: Promise<unknown>): Promise<AttituneError> {
  return promise.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => {
      if (!AttituneError.is(error)) throw error;
      return error;
    },
  );
}

describe('Disks of VMs', () => {
  let folder: string;
  let image: GuestImage;
  let storage: MemoryStorage;
  let clock: SimulatedClock;
  let disks: DomainDisks;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attitune-disks-'));
    image = { name: 'debian', key: KEY, ...paths('disk', 'kernel', 'initrd') };
    await writeFile(image.disk, Buffer.alloc(2 * MIB, 'd'));
    await writeFile(image.kernel, 'kernel');
    await writeFile(image.initrd, 'initrd');
    storage = new MemoryStorage();
    clock = new SimulatedClock();
    disks = new DomainDisks(storage, 'attitune', clock);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  function paths<N extends string>(...names: readonly N[]): Record<N, string> {
    return Object.fromEntries(names.map((name) => [name, join(folder, name)])) as Record<N, string>;
  }

  describe('base image', () => {
    it('comes into the pool once, its marker last', async () => {
      const [one, two] = await Promise.all([disks.ensureBase(image), disks.ensureBase(image)]);
      expect(one).to.equal(two);
      expect(one.disk).to.equal(`/no-such-folder/pool/${KEY}.img`);
      expect(one.capacityBytes).to.equal(2 * MIB);
      expect(storage.names()).to.deep.equal(['complete', 'img', 'initrd', 'vmlinuz'].map((end) => `${KEY}.${end}`));
      expect(storage.contents.get(`${KEY}.img`)?.content.equals(await readFile(image.disk))).to.equal(true);
      const made = storage.calls.filter((call) => /^(createVolume|upload)/.test(call));
      expect(made.at(-1)).to.equal(`createVolume ${KEY}.complete`);
      expect(made.filter((call) => call === `upload ${KEY}.img`)).to.have.length(1);
      // another process finds it there
      await new DomainDisks(storage, 'attitune', clock).ensureBase(image);
      expect(storage.calls.filter((call) => call === `upload ${KEY}.img`)).to.have.length(1);
    });

    it('leaves nothing where it cannot be brought, and comes at the next try', async () => {
      storage.before = (method, volume) => {
        if (method === 'upload' && volume.endsWith('.img')) throw new AttituneError('no-capacity', 'full');
      };
      expect((await failure(disks.ensureBase(image))).code).to.equal('no-capacity');
      expect(storage.names()).to.deep.equal([]);
      storage.before = () => undefined;
      await disks.ensureBase(image);
    });

    it('is not begun where the pool has no room', async () => {
      storage.availableBytes = MIB;
      const error = await failure(disks.ensureBase(image));
      expect(error.code).to.equal('no-capacity');
      expect(error.message).to.match(/1 MiB left.*takes 2 MiB/);
      expect(storage.names()).to.deep.equal([]);
    });

    it('is waited for while another process uploads it', async () => {
      const other = new MemoryStorage();
      other.contents = storage.contents;
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => (goOn = resolve));
      other.before = (method, volume) => (method === 'upload' && volume.endsWith('.img') ? held : undefined);
      const first = new DomainDisks(other, 'attitune', clock).ensureBase(image);
      while (!storage.contents.has(`${KEY}.img`)) await new Promise((resolve) => setImmediate(resolve));
      const steps: string[] = [];
      const second = disks.ensureBase(image, { onProgress: (step) => steps.push(step) });
      while (steps.length === 0) await new Promise((resolve) => setImmediate(resolve));
      goOn();
      // it reads files, which takes none of the clock's time
      await first;
      await clock.runUntil(second);
      expect(steps).to.include(`image ${KEY}: upload to the pool attitune: waiting for another one to end`);
      expect(storage.calls.some((call) => call.startsWith('upload'))).to.equal(false);
      expect(storage.names()).to.not.include(`${KEY}.claim`);
    });

    it('is taken over from one who has died in the middle, half a disk and all', async () => {
      const description = { format: 'raw', capacityBytes: 512 } as const;
      await storage.createVolume('attitune', { ...description, name: `${KEY}.claim` });
      await storage.createVolume('attitune', { ...description, name: `${KEY}.img` });
      const base = await clock.runUntil(disks.ensureBase(image));
      expect(clock.now()).to.be.at.least(60_000);
      expect(base.capacityBytes).to.equal(2 * MIB);
      expect(storage.contents.get(`${KEY}.img`)?.content.length).to.equal(2 * MIB);
      expect(storage.names()).to.not.include(`${KEY}.claim`);
    });

    it('is never called complete by one whose upload another has taken over', async () => {
      storage.before = (method, volume) => {
        if (method !== 'upload' || !volume.endsWith('.img')) return;
        const claim = storage.contents.get(`${KEY}.claim`);
        if (claim) storage.contents.set(claim.name, { ...claim, capacityBytes: claim.capacityBytes + 1 });
      };
      expect((await failure(disks.ensureBase(image))).code).to.equal('operation-failed');
      expect(storage.names()).to.include(`${KEY}.img`).and.not.include(`${KEY}.complete`);
    });

    it('is put straight into a folder that this machine sees, whole', async () => {
      const pool = await mkdtemp(join(folder, 'pool-'));
      await writeFile(join(pool, 'x.img.1-1.part'), '');
      const seen: (number | undefined)[] = [];
      const onProgress = (_step: string, fraction?: number) => seen.push(fraction);
      await Promise.all([placeImage(image, pool, { onProgress }), placeImage(image, pool, {})]);
      // a part that is not old may be somebody's at this moment
      const files = ['complete', 'img', 'initrd', 'vmlinuz'].map((end) => `${KEY}.${end}`);
      expect((await readdir(pool)).sort()).to.deep.equal([...files, 'x.img.1-1.part']);
      expect((await readFile(join(pool, `${KEY}.img`))).equals(await readFile(image.disk))).to.equal(true);
      expect(seen.at(-1)).to.equal(1);
      await rm(image.disk);
      expect((await stat(join(pool, `${KEY}.img`))).size).to.equal(2 * MIB);
    });

    it('stays while a disk is an overlay on it', async () => {
      const base = await disks.ensureBase(image);
      await disks.create('web', base);
      const error = await failure(disks.removeBase(KEY));
      expect(error.code).to.equal('image');
      expect(error.message).to.contain('web.qcow2 is an overlay');
      await disks.remove('web');
      expect(await disks.removeBase(KEY)).to.equal(true);
      expect(await disks.removeBase(KEY)).to.equal(false);
      expect(storage.names()).to.deep.equal([]);
    });
  });

  describe('of one VM', () => {
    it('are an overlay of the size of the image, or larger', async () => {
      const base = await disks.ensureBase(image);
      const set = await disks.create('web', base);
      expect(set).to.deep.equal({ disks: [{ path: '/no-such-folder/pool/web.qcow2', format: 'qcow2' }] });
      expect(storage.contents.get('web.qcow2')).to.include({ capacityBytes: 2 * MIB });
      expect(storage.contents.get('web.qcow2')?.backing).to.deep.equal({ path: base.disk, format: 'raw' });
      await disks.create('large', base, { diskMiB: 5 });
      expect(storage.contents.get('large.qcow2')?.capacityBytes).to.equal(5 * MIB);
      expect(await disks.find('web')).to.deep.equal(set);
      expect(await disks.find('nobody')).to.equal(undefined);
    });

    it('are a full copy where that is asked for', async () => {
      const base = await disks.ensureBase(image);
      await disks.create('copy', base, { copy: true, diskMiB: 3 });
      const volume = storage.contents.get('copy.qcow2');
      expect(volume?.backing).to.equal(undefined);
      expect(volume?.capacityBytes).to.equal(3 * MIB);
      expect(volume?.content.length).to.equal(2 * MIB);
    });

    it('have swap beside them where that is asked for', async () => {
      const set = await disks.create('web', await disks.ensureBase(image), { swapMiB: 8 });
      expect(set.swap).to.equal('vdb');
      expect(set.disks[1]).to.deep.equal({ path: '/no-such-folder/pool/web-swap.img', format: 'raw' });
      const { content, capacityBytes } = storage.contents.get('web-swap.img') ?? expect.fail();
      expect(capacityBytes).to.equal(8 * MIB);
      expect(content.subarray(4086, 4096).toString()).to.equal('SWAPSPACE2');
      expect(content.readUInt32LE(1028)).to.equal((8 * MIB) / 4096 - 1);
      expect(await disks.find('web')).to.deep.equal(set);
    });

    it('go again, and only they', async () => {
      const base = await disks.ensureBase(image);
      await disks.create('web', base, { swapMiB: 1 });
      await disks.create('web2', base);
      expect(await disks.remove('web')).to.equal(true);
      expect(await disks.remove('web')).to.equal(false);
      expect(storage.names()).to.include('web2.qcow2').and.not.include('web.qcow2').and.not.include('web-swap.img');
    });

    it('leave nothing where they cannot all be made', async () => {
      const base = await disks.ensureBase(image);
      const before = storage.names();
      for (const wrong of ['upload', 'createVolume'] as const) {
        storage.before = (method, volume) => {
          if (method === wrong && volume === 'web-swap.img') throw new AttituneError('hypervisor', 'no');
        };
        expect((await failure(disks.create('web', base, { swapMiB: 4 }))).code).to.equal('hypervisor');
        storage.before = () => undefined;
        expect(storage.names()).to.deep.equal(before);
      }
      storage.before = (method) => {
        if (method === 'resizeVolume') throw new AttituneError('no-capacity', 'full');
      };
      expect((await failure(disks.create('web', base, { copy: true, diskMiB: 9 }))).code).to.equal('no-capacity');
      expect(storage.names()).to.deep.equal(before);
    });

    it('never take the place of those of another VM of that name', async () => {
      const base = await disks.ensureBase(image);
      await disks.create('web', base, { swapMiB: 4 });
      const error = await failure(disks.create('web', base));
      expect(error.code).to.equal('storage-exists');
      expect(error.message).to.contain('a VM called web');
      expect(storage.names()).to.include.members(['web.qcow2', 'web-swap.img']);
    });

    it('are made and removed also where the host has not seen what others did in the folder', async () => {
      const base = await disks.ensureBase(image);
      let stale = true;
      storage.before = (method, volume) => {
        if (method === 'volumes') stale = false;
        if (stale && method === 'createVolume' && volume === 'web.qcow2')
          throw new AttituneError('storage-exists', 'it was there');
        if (stale && method === 'deleteVolume' && volume === 'web.qcow2')
          throw new AttituneError('unknown-storage', 'not seen yet');
      };
      await disks.create('web', base);
      stale = true;
      expect(await disks.remove('web')).to.equal(true);
      expect(storage.names()).to.not.include('web.qcow2');
    });

    it('are refused for names that are none, and sizes that cannot be', async () => {
      const base = await disks.ensureBase(image);
      for (const name of ['', '../web', 'a/b', '-x', '.x', 'a"b', '<x>', 'a b', 'x'.repeat(61)])
        expect((await failure(disks.create(name, base))).code, name).to.equal('value');
      for (const diskMiB of [0, -1, 1, 2.5, NaN, Infinity])
        expect((await failure(disks.create('web', base, { diskMiB }))).code, `${diskMiB}`).to.equal('value');
      for (const swapMiB of [-1, 0.01, NaN, Infinity])
        expect((await failure(disks.create('web', base, { swapMiB }))).code, `${swapMiB}`).to.equal('value');
      expect((await failure(disks.remove('../etc'))).code).to.equal('value');
    });

    it('are given up on when asked to', async () => {
      const base = await disks.ensureBase(image);
      const stop = new AbortController();
      storage.before = (method) => {
        if (method === 'upload') stop.abort(new Error('Ctrl-C'));
      };
      const error = await failure(disks.create('web', base, { swapMiB: 4 }, { signal: stop.signal }));
      expect(error.code).to.equal('cancelled');
      expect(storage.names()).to.not.include('web.qcow2').and.not.include('web-swap.img');
    });
  });
});

describe('First page of a swap disk', () => {
  it('holds what Linux reads', () => {
    const page = swapHeader(64 * MIB, '01234567-89ab-cdef-0123-456789abcdef');
    expect(page.length).to.equal(4096);
    expect([page.readUInt32LE(1024), page.readUInt32LE(1028), page.readUInt32LE(1032)]).to.deep.equal([1, 16383, 0]);
    expect(page.subarray(1036, 1052).toString('hex')).to.equal('0123456789abcdef0123456789abcdef');
    expect(page.toString('latin1', 4086)).to.equal('SWAPSPACE2');
  });
});
