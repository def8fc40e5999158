import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { DomainDisks } from '../../wrappers/vm/disks/index.js';
import type { GuestImage } from '../../wrappers/vm/image/index.js';
import { skipWithoutPrivateLibvirt, startLibvirtOnLoopback, type PrivateLibvirt } from '../support/private-libvirt.js';

const MIB = 2 ** 20;
const KEY = 'debian-0123456789abcdef';
const clock = new SystemClock();

/** What `qemu-img info` says of an image. */
function info(path: string): Record<string, unknown> {
  return JSON.parse(execFileSync('qemu-img', ['info', '--output=json', path], { encoding: 'utf8' })) as Record<
    string,
    unknown
  >;
}

describe('Disks of VMs, with a real libvirt', function () {
  this.timeout(60_000);
  let folder: string;
  let libvirt: PrivateLibvirt;
  let hypervisor: LibvirtHypervisor;
  let image: GuestImage;
  const undos: (() => Promise<unknown>)[] = [];

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    folder = await mkdtemp(join(tmpdir(), 'attitune-disks-'));
    undos.push(() => rm(folder, { recursive: true, force: true }));
    libvirt = await startLibvirtOnLoopback();
    undos.push(() => libvirt.stop());
    hypervisor = await connect();
    undos.push(() => hypervisor.close());
    image = { name: 'debian', key: KEY, ...paths(folder) };
    await writeFile(image.kernel, 'kernel');
    await writeFile(image.initrd, 'initial file system');
    // with holes, as a file system in a file has them
    const disk = Buffer.alloc(24 * MIB);
    disk.write('begin');
    disk.write('end', disk.length - 3);
    await writeFile(image.disk, disk);
    execFileSync('fallocate', ['--dig-holes', image.disk]);
  });
  after(async () => {
    for (const undo of undos.reverse()) await undo();
  });

  function connect(): Promise<LibvirtHypervisor> {
    const socket = encodeURIComponent(libvirt.daemons[0]?.socket ?? '');
    return LibvirtHypervisor.connect({ host: 'host1', uri: `qemu+unix:///system?socket=${socket}` });
  }

  const paths = (where: string) => ({
    disk: join(where, 'disk.raw'),
    kernel: join(where, 'vmlinuz'),
    initrd: join(where, 'initrd'),
  });

  it('are made on an image that is uploaded, where the folder of the pool is not ours', async () => {
    // this machine may have a folder of that path, too; it is another one
    const pool = await hypervisor.storage.ensureFolderPool('far', '/var/lib/libvirt/far');
    const real = join(libvirt.daemons[0]?.directory ?? '', 'lib/far');
    const steps: (number | undefined)[] = [];
    const disks = new DomainDisks(hypervisor.storage, pool.name, clock);
    const base = await disks.ensureBase(image, { onProgress: (_step, fraction) => steps.push(fraction) });
    expect(base.disk).to.equal(`/var/lib/libvirt/far/${KEY}.img`);
    expect(base.capacityBytes).to.equal(24 * MIB);
    expect(steps.at(-1)).to.equal(1);
    expect((await readdir(real)).sort()).to.deep.equal(
      ['complete', 'img', 'initrd', 'vmlinuz'].map((end) => `${KEY}.${end}`),
    );
    for (const [file, end] of [
      [image.disk, 'img'],
      [image.kernel, 'vmlinuz'],
      [image.initrd, 'initrd'],
    ] as const)
      expect((await readFile(join(real, `${KEY}.${end}`))).equals(await readFile(file)), end).to.equal(true);
    expect((await stat(join(real, `${KEY}.img`))).blocks * 512).to.be.below(2 * MIB);

    const set = await disks.create('web', base, { diskMiB: 40, swapMiB: 4 });
    expect(set).to.deep.equal({
      disks: [
        { path: '/var/lib/libvirt/far/web.qcow2', format: 'qcow2' },
        { path: '/var/lib/libvirt/far/web-swap.img', format: 'raw' },
      ],
      swap: 'vdb',
    });
    expect(info(join(real, 'web.qcow2'))).to.include({
      format: 'qcow2',
      'virtual-size': 40 * MIB,
      'backing-filename': `/var/lib/libvirt/far/${KEY}.img`,
      'backing-filename-format': 'raw',
    });
    const swap = execFileSync('blkid', ['-p', '-o', 'export', join(real, 'web-swap.img')], { encoding: 'utf8' });
    expect(swap).to.contain('TYPE=swap').and.contain('VERSION=1');
    expect(await disks.find('web')).to.deep.equal(set);
    const twice = await disks.create('web', base).catch((error: unknown) => error);
    expect(twice).to.be.instanceOf(AttituneError).with.property('code', 'storage-exists');
    expect(await disks.remove('web')).to.equal(true);
    expect((await readdir(real)).filter((name) => name.startsWith('web'))).to.deep.equal([]);
  });

  it('are made on an image that is linked, where this machine sees the folder of the pool', async () => {
    const pool = join(folder, 'pool');
    await mkdir(pool);
    await hypervisor.storage.ensureFolderPool('near', pool);
    const disks = new DomainDisks(hypervisor.storage, 'near', clock);
    // two processes at once, each over a connection of its own
    const other = await connect();
    try {
      const others = new DomainDisks(other.storage, 'near', clock);
      const [base] = await Promise.all([disks.ensureBase(image), others.ensureBase(image)]);
      expect((await readdir(pool)).sort()).to.deep.equal(
        ['complete', 'img', 'initrd', 'vmlinuz'].map((end) => `${KEY}.${end}`),
      );
      await disks.create('copy', base, { copy: true, diskMiB: 30 });
      expect(info(join(pool, 'copy.qcow2'))).to.include({ format: 'qcow2', 'virtual-size': 30 * MIB });
      expect(info(join(pool, 'copy.qcow2'))).to.not.have.property('backing-filename');
      await others.create('overlay', base);
      const refused = await disks.removeBase(KEY).catch((error: unknown) => error);
      expect(refused).to.be.instanceOf(AttituneError).with.property('code', 'image');
      expect((refused as Error).message)
        .to.contain('overlay.qcow2')
        .and.not.contain('copy.qcow2');
      // deleted behind the back of this connection's daemon, and made again
      await rm(join(pool, 'overlay.qcow2'));
      await disks.create('overlay', base);
      for (const name of ['copy', 'overlay']) expect(await disks.remove(name)).to.equal(true);
      expect(await disks.removeBase(KEY)).to.equal(true);
      expect(await readdir(pool)).to.deep.equal([]);
      expect((await readFile(image.disk, 'latin1')).startsWith('begin')).to.equal(true);
    } finally {
      await other.close();
    }
  });

  it('leave nothing of an image whose upload is given up', async () => {
    await hypervisor.storage.ensureFolderPool('far2', '/var/lib/libvirt/far2');
    const real = join(libvirt.daemons[0]?.directory ?? '', 'lib/far2');
    const disks = new DomainDisks(hypervisor.storage, 'far2', clock);
    const stop = new AbortController();
    const error = await disks
      .ensureBase(image, {
        signal: stop.signal,
        onProgress: (_step, fraction) => {
          if ((fraction ?? 0) > 0.3) stop.abort(new Error('Ctrl-C'));
        },
      })
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError).with.property('code', 'cancelled');
    expect(await readdir(real)).to.deep.equal([]);
    await disks.ensureBase(image);
    expect((await readFile(join(real, `${KEY}.img`))).equals(await readFile(image.disk))).to.equal(true);
  });
});
