import { existsSync } from 'node:fs';
import { readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { lockName } from '../../wrappers/libvirt/disk-lock.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { busyDisk } from '../support/busy-disk.js';
import {
  skipWithoutPrivateLibvirt,
  startLibvirtPair,
  type PrivateDaemon,
  type PrivateLibvirt,
} from '../support/private-libvirt.js';
import { skipUnless } from '../support/skip.js';

/** A path that stands for another file on each daemon, so that only the lock manager can tell that it is in use. */
const DISK = '/var/lib/libvirt/disk.img';

describe("libvirt's lock manager, with two real daemons", function () {
  this.timeout(60_000);
  let libvirt: PrivateLibvirt;
  let hosts: readonly LibvirtHypervisor[];

  const connect = ({ name, socket }: PrivateDaemon) =>
    LibvirtHypervisor.connect({ host: name, uri: `qemu+unix:///system?socket=${socket}`, unsafe: true });
  const guest = (name: string, path = DISK): DomainDescription => {
    return { name, memoryMiB: 32, vcpus: 1, disks: [{ path, format: 'raw' }] };
  };

  async function refusal(promise: Promise<unknown>): Promise<AttituneError> {
    const error = await promise.then(
      () => expect.fail('it was not refused'),
      (reason: unknown) => reason,
    );
    expect(AttituneError.is(error, 'disk-in-use'), String(error)).to.equal(true);
    return error as AttituneError;
  }

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    skipUnless(this, { programs: { virtlockd: 'libvirt-daemon' } });
    libvirt = await startLibvirtPair({ locks: true });
    for (const { directory } of libvirt.daemons) await writeFile(join(directory, 'lib/disk.img'), busyDisk());
    await writeFile(join(libvirt.directory, 'shared.img'), busyDisk());
    hosts = await Promise.all(libvirt.daemons.map(connect));
  });
  beforeEach(async () => {
    for (const host of hosts) for (const { name } of await host.list()) await host.destroy(name);
  });
  after(async () => {
    await Promise.all(hosts.map((host) => host.close()));
    await libvirt.stop();
  });

  it('refuses a second start of a disk on the other host, and names the disk', async () => {
    const [one, two] = hosts as [LibvirtHypervisor, LibvirtHypervisor];
    await one.create(guest('a'));
    expect(await readdir(join(libvirt.directory, 'locks'))).to.include(lockName(DISK));
    const error = await refusal(two.create(guest('a')));
    expect(error.message)
      .to.include(DISK)
      .and.include("libvirt's lock manager")
      .and.include('does not run on this host');
    expect(await two.list()).to.deep.equal([]);
    await one.destroy('a');
    await two.create(guest('a'));
  });

  it('says which domain of the same host has the disk', async () => {
    const [one] = hosts as [LibvirtHypervisor];
    await one.create(guest('a', join(libvirt.directory, 'shared.img')));
    await one.define(guest('b', join(libvirt.directory, 'shared.img')));
    try {
      expect((await refusal(one.start('b'))).message).to.include('in use by the domain a of this host');
    } finally {
      await one.undefine('b');
    }
  });

  it('lets a guest migrate there and back, and holds its disk all the time', async () => {
    const [one, two] = hosts as [LibvirtHypervisor, LibvirtHypervisor];
    const shared = join(libvirt.directory, 'shared.img');
    const uris = libvirt.daemons.map(({ name, address }) => ({ host: name, uri: `qemu+tcp://${address}/system` }));
    await one.create(guest('a', shared));
    await refusal(two.create(guest('b', shared)));
    await one.migrate('a', uris[1]!);
    await refusal(one.create(guest('b', shared)));
    await two.migrate('a', uris[0]!);
    await refusal(two.create(guest('b', shared)));
    expect((await one.list()).map(({ name, state }) => [name, state])).to.deep.equal([['a', 'running']]);
  });

  it('keeps the lock where the target refuses a migration, which then works once it does not', async () => {
    const [one, two] = hosts as [LibvirtHypervisor, LibvirtHypervisor];
    const [, other] = libvirt.daemons as [PrivateDaemon, PrivateDaemon];
    const target = { host: other.name, uri: `qemu+tcp://${other.address}/system` };
    const elsewhere = join(other.directory, 'lib/disk.img');
    await one.create(guest('a'));
    await rename(elsewhere, `${elsewhere}.away`);
    const failed = await one.migrate('a', target).catch((error: unknown) => error);
    expect(AttituneError.is(failed, 'migration-failed'), String(failed)).to.equal(true);
    await rename(`${elsewhere}.away`, elsewhere);
    expect((await one.list()).map(({ state }) => state)).to.deep.equal(['running']);
    await refusal(two.create(guest('b')));
    await one.migrate('a', target);
    await refusal(one.create(guest('b')));
  });

  it('keeps the lock of a running guest when libvirtd is killed', async () => {
    const [one, two] = hosts as [LibvirtHypervisor, LibvirtHypervisor];
    const [daemon] = libvirt.daemons as [PrivateDaemon];
    await one.create(guest('a'));
    const pid = await daemonProcess(daemon);
    process.kill(pid, 'SIGKILL');
    while (existsSync(`/proc/${pid}`)) await new Promise((resolve) => setTimeout(resolve, 20));
    await refusal(two.create(guest('a')));
  });
});

/** The libvirtd of a daemon's own mount namespace, by its open log. */
async function daemonProcess({ directory }: PrivateDaemon): Promise<number> {
  for (const pid of await readdir('/proc')) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
    if (words.startsWith('libvirtd\0') && mounts.includes(directory)) return Number(pid);
  }
  return expect.fail('no libvirtd found');
}
