import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Storage } from '../../core/model/storage.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { rejection } from '../contract/hypervisor-context.js';
import { skipWithoutPrivateLibvirt, startLibvirtOnLoopback } from '../support/private-libvirt.js';
import type { PrivateLibvirt } from '../support/private-libvirt.js';

const MIB = 1024 * 1024;

describe('storage of a libvirt daemon of our own', function () {
  this.timeout(60_000);
  let folder: string;
  let libvirt: PrivateLibvirt;
  let hypervisor: LibvirtHypervisor;
  let storage: Storage;
  const undo: (() => unknown)[] = [];

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    folder = await mkdtemp(join(tmpdir(), 'attitune-storage-'));
    undo.unshift(() => rm(folder, { recursive: true, force: true }));
    await mkdir(join(folder, 'small'));
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'attitune', join(folder, 'small')]).status).to.equal(0);
    undo.unshift(() => spawnSync('umount', [join(folder, 'small')]));
    libvirt = await startLibvirtOnLoopback();
    undo.unshift(() => libvirt.stop());
    const socket = libvirt.daemons[0]!.socket;
    hypervisor = await LibvirtHypervisor.connect({ host: 'host1', uri: `qemu+unix:///system?socket=${socket}` });
    undo.unshift(() => hypervisor.close());
    storage = hypervisor.storage;
    await storage.ensureFolderPool('pool', join(folder, 'made/by/libvirt'));
    await storage.ensureFolderPool('small', join(folder, 'small'));
  });
  after(async () => {
    for (const step of undo) await step();
  });

  const raw = (name: string, capacityBytes: number) => ({ name, format: 'raw' as const, capacityBytes });
  const contentOf = async (name: string, pool = 'pool') => {
    const volume = (await storage.volumes(pool)).find((one) => one.name === name);
    return readFile(volume?.path ?? expect.fail(`no ${name}`));
  };
  /** A file with data, a hole in the middle, data, and a hole at its end. */
  const sparseFile = async (name: string, bytes: number) => {
    const path = join(folder, name);
    const file = await open(path, 'w');
    await file.write(Buffer.alloc(MIB, 'begin'), 0, MIB, 0);
    await file.write(Buffer.alloc(12345, 'odd'), 0, 12345, bytes / 2 + 77);
    await file.truncate(bytes);
    await file.close();
    return path;
  };

  it('makes a pool of a folder, starts it, and finds it made already', async () => {
    const path = join(folder, 'made/by/libvirt');
    const again = await storage.ensureFolderPool('pool', `${path}/`);
    expect(again).to.include({ name: 'pool', type: 'dir', active: true, path });
    expect(again.capacityBytes).to.be.greaterThan(again.availableBytes);
    expect((await storage.pools()).map(({ name }) => name)).to.have.members(['pool', 'small']);
    await rejection(storage.ensureFolderPool('pool', join(folder, 'elsewhere')), 'storage-exists');
    const taken = await rejection(storage.ensureFolderPool('other', path), 'storage-exists');
    expect(taken.message).to.include('pool pool');
    await rejection(storage.ensureFolderPool('relative', 'a/b'), 'value');
    await rejection(storage.ensureFolderPool('a/b', join(folder, 'x')), 'value');
  });

  it('leaves no pool behind that cannot be started', async () => {
    await writeFile(join(folder, 'file'), '');
    await rejection(storage.ensureFolderPool('broken', join(folder, 'file', 'below')), 'hypervisor');
    expect((await storage.pools()).map(({ name }) => name)).to.not.include('broken');
  });

  it('makes volumes, and overlays on them, that take no room yet', async () => {
    const base = await storage.createVolume('pool', raw('base.img', 8 * MIB));
    expect(base).to.include({ name: 'base.img', pool: 'pool', format: 'raw', capacityBytes: 8 * MIB });
    expect(base.allocationBytes).to.equal(0);
    const backing = { path: base.path, format: 'raw' as const };
    const description = { name: 'top.qcow2', format: 'qcow2' as const, capacityBytes: 16 * MIB, backing };
    const top = await storage.createVolume('pool', description);
    expect(top).to.deep.include({ format: 'qcow2', capacityBytes: 16 * MIB, backing });
    expect(top.allocationBytes).to.be.lessThan(MIB);
    await rejection(storage.createVolume('pool', raw('base.img', MIB)), 'storage-exists');
    await rejection(storage.createVolume('pool', { ...description, name: 'x', format: 'raw' }), 'value');
    await rejection(storage.createVolume('pool', raw('zero', 0)), 'value');
    await rejection(storage.createVolume('pool', raw('../out', MIB)), 'value');
    await rejection(storage.createVolume('nowhere', raw('a', MIB)), 'unknown-storage');
    await rejection(storage.createVolume('pool', raw('huge', 2 ** 52)), 'no-capacity');
  });

  it('sees what others wrote into the folder', async () => {
    await writeFile(join(folder, 'made/by/libvirt/foreign.img'), 'x'.repeat(1000));
    const found = (await storage.volumes('pool')).find(({ name }) => name === 'foreign.img');
    expect(found).to.include({ format: 'raw', capacityBytes: 1000 });
    await storage.deleteVolume('pool', 'foreign.img');
    await rejection(storage.deleteVolume('pool', 'foreign.img'), 'unknown-storage');
    expect((await storage.volumes('pool')).map(({ name }) => name)).to.not.include('foreign.img');
    await rejection(storage.volumes('nowhere'), 'unknown-storage');
  });

  it('uploads a file with its holes', async () => {
    const bytes = 48 * MIB;
    const file = await sparseFile('sparse.img', bytes);
    await storage.createVolume('pool', raw('uploaded.img', bytes));
    const progress: number[] = [];
    await storage.upload('pool', 'uploaded.img', file, { onProgress: (done) => progress.push(done) });
    expect((await contentOf('uploaded.img')).equals(await readFile(file))).to.equal(true);
    expect(progress.at(-1)).to.equal(bytes);
    expect(progress).to.deep.equal([...progress].sort((a, b) => a - b));
    const { path } = (await storage.volumes('pool')).find(({ name }) => name === 'uploaded.img')!;
    expect((await stat(path)).blocks * 512, 'room taken').to.be.lessThan(3 * MIB);
  });

  it('overwrites what a volume held, also with zeros', async () => {
    const bytes = 4 * MIB;
    const old = join(folder, 'old.img');
    await writeFile(old, Buffer.alloc(bytes, 'old'));
    await storage.createVolume('pool', raw('again.img', bytes));
    await storage.upload('pool', 'again.img', old);
    const file = await sparseFile('new.img', bytes);
    await storage.upload('pool', 'again.img', file);
    expect((await contentOf('again.img')).equals(await readFile(file))).to.equal(true);
  });

  it('uploads an empty file, and one of an odd size into a larger volume', async () => {
    const [none, odd] = [join(folder, 'none'), join(folder, 'odd')];
    await writeFile(none, '');
    await writeFile(odd, Buffer.alloc(1_000_003, 'odd'));
    await storage.createVolume('pool', raw('odd.img', 2 * MIB));
    await storage.upload('pool', 'odd.img', none);
    await storage.upload('pool', 'odd.img', odd);
    const content = await contentOf('odd.img');
    expect(content).to.have.length(2 * MIB);
    expect(content.subarray(0, 1_000_003).equals(await readFile(odd))).to.equal(true);
    expect(content.subarray(1_000_003).every((byte) => byte === 0)).to.equal(true);
  });

  it('refuses a file that is not there, is a folder, or does not fit', async () => {
    await storage.createVolume('pool', raw('tiny.img', 1000));
    await rejection(storage.upload('pool', 'tiny.img', join(folder, 'missing')), 'file-not-found');
    await rejection(storage.upload('pool', 'tiny.img', folder), 'file-not-found');
    await rejection(storage.upload('pool', 'missing.img', join(folder, 'none')), 'unknown-storage');
    await rejection(storage.upload('pool', 'tiny.img', join(folder, 'odd')), 'no-capacity');
  });

  it('tells that the pool is full in the middle of an upload, and stays usable', async () => {
    const full = join(folder, 'full.img');
    await writeFile(full, Buffer.alloc(16 * MIB, 'full'));
    await storage.createVolume('small', { name: 'full.qcow2', format: 'qcow2', capacityBytes: 2 * MIB });
    await rejection(storage.upload('small', 'full.qcow2', full), 'no-capacity');
    await storage.deleteVolume('small', 'full.qcow2');
    expect(await storage.volumes('small')).to.deep.equal([]);
    expect(await hypervisor.list()).to.deep.equal([]);
  });

  it('stops an upload when told to, and stays usable', async () => {
    const large = join(folder, 'large.img');
    await writeFile(large, Buffer.alloc(64 * MIB, 'large'));
    await storage.createVolume('pool', raw('stopped.img', 64 * MIB));
    const abort = new AbortController();
    let done = 0;
    const upload = storage.upload('pool', 'stopped.img', large, {
      signal: abort.signal,
      onProgress: (bytes) => {
        done = bytes;
        if (bytes > 4 * MIB) abort.abort();
      },
    });
    await rejection(upload, 'cancelled');
    expect(done).to.be.lessThan(16 * MIB);
    await rejection(storage.upload('pool', 'stopped.img', large, { signal: AbortSignal.abort() }), 'cancelled');
    await storage.upload('pool', 'stopped.img', large);
    expect((await contentOf('stopped.img')).equals(await readFile(large))).to.equal(true);
    await storage.deleteVolume('pool', 'stopped.img');
  });

  it('uploads several files at once over one connection', async () => {
    const files = await Promise.all([8, 16, 24].map((size) => sparseFile(`many-${size}.img`, size * MIB)));
    await Promise.all(
      files.map(async (file, index) => {
        await storage.createVolume('pool', raw(`many-${index}.img`, (await stat(file)).size));
        await storage.upload('pool', `many-${index}.img`, file);
      }),
    );
    for (const [index, file] of files.entries()) {
      expect((await contentOf(`many-${index}.img`)).equals(await readFile(file))).to.equal(true);
    }
  });

  it('copies a volume in full, into another format and a larger size, too', async () => {
    const same = await storage.copyVolume('pool', 'uploaded.img', raw('copy.img', 48 * MIB));
    expect(same).to.include({ format: 'raw', capacityBytes: 48 * MIB });
    expect((await contentOf('copy.img')).equals(await contentOf('uploaded.img'))).to.equal(true);
    const progress: number[] = [];
    const larger = await storage.copyVolume(
      'pool',
      'uploaded.img',
      { name: 'copy.qcow2', format: 'qcow2', capacityBytes: 64 * MIB },
      { onProgress: (done) => progress.push(done) },
    );
    expect(larger).to.include({ format: 'qcow2', capacityBytes: 64 * MIB });
    expect(larger.backing).to.equal(undefined);
    expect(progress.at(-1)).to.equal(larger.allocationBytes);
    await rejection(storage.copyVolume('pool', 'missing.img', raw('c', MIB)), 'unknown-storage');
    await rejection(storage.copyVolume('pool', 'uploaded.img', raw('copy.img', 48 * MIB)), 'storage-exists');
  });

  it('leaves nothing of a copy that is stopped', async () => {
    const abort = new AbortController();
    const copy = storage.copyVolume('pool', 'uploaded.img', raw('unwanted.img', 48 * MIB), { signal: abort.signal });
    setImmediate(() => {
      abort.abort();
    });
    await rejection(copy, 'cancelled');
    expect((await storage.volumes('pool')).map(({ name }) => name)).to.not.include('unwanted.img');
  });

  it('makes volumes larger, never smaller', async () => {
    const sizeOf = async (name: string) =>
      (await storage.volumes('pool')).find((one) => one.name === name)?.capacityBytes;
    for (const name of ['base.img', 'top.qcow2']) {
      await storage.resizeVolume('pool', name, 32 * MIB);
      expect(await sizeOf(name)).to.equal(32 * MIB);
      await storage.resizeVolume('pool', name, 32 * MIB);
      await rejection(storage.resizeVolume('pool', name, MIB), 'value');
      await rejection(storage.resizeVolume('pool', name, 2 ** 52), 'no-capacity');
    }
    await rejection(storage.resizeVolume('pool', 'missing.img', MIB), 'unknown-storage');
  });

  it('tells an upload that its host is gone', async () => {
    const large = join(folder, 'large.img');
    await storage.createVolume('pool', raw('lost.img', 64 * MIB));
    const other = await LibvirtHypervisor.connect({ host: 'host1', uri: hypervisor.uri });
    const upload = other.storage.upload('pool', 'lost.img', large, {
      onProgress: (done) => {
        if (done > 4 * MIB) void other.close();
      },
    });
    await rejection(upload, 'host-unreachable');
  });
});
