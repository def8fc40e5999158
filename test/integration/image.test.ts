import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AttituneError } from '../../core/model/errors.js';
import type { Executor } from '../../core/model/executor.js';
import type { DomainRequest, HostAccess, PreparedDomain } from '../../core/model/infrastructure.js';
import { MachinePrograms } from '../../wrappers/machine/programs.js';
import { ImageStore, imagePaths } from '../../wrappers/vm/image/index.js';
import { eventually } from '../support/eventually.js';
import { labDeployment, labInfrastructure } from '../support/lab-infrastructure.js';
import { skipWithoutLab } from '../support/skip.js';

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const GUEST = 'Guest_1';
const REQUEST = { name: GUEST, image: 'debian', memoryMiB: 256, vcpus: 1, host: 'host1' } satisfies DomainRequest;

describe('Images and disks, in the lab', function () {
  this.timeout(120_000);
  const lab = labInfrastructure(2);
  let host: HostAccess;

  before(async function () {
    this.timeout(15 * 60_000); // the first time it builds the image
    skipWithoutLab(this);
    const [machines, ...others] = labDeployment('host1').classes;
    const classes = machines ? [{ ...machines, attributes: { image: 'debian' } }, ...others] : others;
    await lab.up({ ...labDeployment('host1'), classes }, undefined, {
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    host = lab.host('host1');
  });

  after(async function () {
    if (process.env['ATTITUNE_TEST_LAB'] === '1') await lab.down();
  });

  /** Starts a guest, and waits until its agent answers. */
  async function start(description: PreparedDomain['description']): Promise<Executor> {
    await host.hypervisor.create(description);
    const guest = lab.guest(description.name, () => host);
    await eventually(() => guest.run({ argv: ['true'] }), 60_000, 'the guest agent answers');
    return guest;
  }

  async function gone(name: string): Promise<void> {
    await eventually(async () => (await host.hypervisor.list()).every((each) => each.name !== name), 30_000, 'gone');
  }

  const shell = async (guest: Executor, script: string) =>
    (await guest.run({ argv: ['sh', '-c', script] })).stdout.trim();

  it('are built once: whoever asks again gets the same at once', async () => {
    const images = new ImageStore(new MachinePrograms(), imagePaths());
    const [newest] = (await images.list()).filter(({ name }) => name === 'debian');
    const begun = performance.now();
    expect((await images.ensure('debian')).key).to.equal(newest?.key);
    expect(performance.now() - begun).to.be.below(2000);
  });

  it('are not there after a build that was killed, and nothing of it goes on', async () => {
    const state = await mkdtemp(join(tmpdir(), 'attitune-build-'));
    try {
      await mkdir(imagePaths().cache, { recursive: true });
      await symlink(imagePaths().cache, join(state, 'cache'));
      const build = spawn(process.execPath, [CLI, 'image', 'build', 'debian'], {
        env: { ...process.env, ATTITUNE_STATE: state },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      const images = join(state, 'images');
      const work = await eventually(() => treeIn(images), 60_000, 'the tree is begun');
      build.kill('SIGKILL');
      await once(build, 'exit');
      const store = new ImageStore(new MachinePrograms(), { images, cache: join(state, 'cache'), overlays: [] });
      expect(await store.list()).to.deep.equal([]);
      await eventually(async () => (await usersOf(work)).length === 0, 10_000, 'debootstrap has ended');
      await store.clean();
      expect((await readdir(images)).filter((name) => name.startsWith('.building'))).to.deep.equal([]);
    } finally {
      await rm(state, { recursive: true, force: true });
    }
  });

  it('are refused with what to do, before anything is begun', async () => {
    const images = new ImageStore(new MachinePrograms(), imagePaths());
    const error = await images
      .ensure({ name: 'debian', packages: ['no-such-package-at-all'] })
      .catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(AttituneError).with.property('code', 'value');
    expect((error as Error).message).to.contain('has no package no-such-package-at-all');
  });

  it('give a guest a file system as large as its disk, swap, and a name and machine id of its own', async () => {
    const prepared = await lab.prepareDomain({ ...REQUEST, diskMiB: 2048, swapMiB: 64, httpPort: 8080 });
    const guest = await start(prepared.description);
    expect(Number(await shell(guest, 'df -m --output=size / | tail -1'))).to.be.within(1900, 2048);
    expect(await shell(guest, 'cat /proc/swaps')).to.match(/\/dev\/vdb\s+partition\s+655\d\d/);
    expect(await shell(guest, 'hostname; cat /etc/hostname')).to.equal('Guest-1\nGuest-1');
    const id = await shell(guest, 'cat /etc/machine-id');
    expect(id).to.equal(prepared.description.uuid?.replaceAll('-', ''));
    const answer = await lab.http.get(`http://${prepared.address}:8080/`, { timeoutMs: 5000 });
    expect(answer.body.trim()).to.equal('Guest-1');
  });

  it('keep what a guest wrote over a reboot, asked for by the agent or by ACPI', async () => {
    const guest = lab.guest(GUEST, () => host);
    const boot = 'cat /proc/sys/kernel/random/boot_id';
    let last = await shell(guest, `echo kept > /root/note; ${boot}`);
    const reboots = [
      () =>
        host.hypervisor.guestAgent(GUEST, { execute: 'guest-shutdown', arguments: { mode: 'reboot' } }).catch(() => 0),
      () => host.hypervisor.reboot(GUEST),
    ];
    for (const reboot of reboots) {
      await reboot();
      last = await eventually(
        async () => {
          const now = await shell(guest, boot);
          return now !== last && now;
        },
        60_000,
        'another boot',
      );
      expect(await shell(guest, 'cat /root/note')).to.equal('kept');
      expect(await shell(guest, 'grep -c vdb /proc/swaps')).to.equal('1');
    }
    await host.hypervisor.shutdown(GUEST);
    await gone(GUEST);
    // shut down in order: its file system is clean
    const [disk] = (await lab.prepareDomain(REQUEST)).description.disks;
    const said = await new MachinePrograms().run(['sh', '-c', FSCK, 'attitune', disk?.path ?? '']);
    expect(said).to.contain('clean');
    await lab.releaseDomain(GUEST);
  });

  it('give a guest its address by DHCP, and a full copy of the image as its disk', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'attitune-dhcp-'));
    const base = (await lab.prepareDomain({ ...REQUEST, name: 'Copy_1', copy: true, diskMiB: 1100 })).description;
    const { boot, disks } = base;
    const commandLine = boot?.commandLine.replace(/attitune\.ip=\S+ attitune\.gateway=\S+/, 'attitune.ip=dhcp') ?? '';
    const network = host.address.replace(/\.\d+$/, '');
    await host.executor.put(
      join(folder, 'udhcpd.conf'),
      [
        ...[`start ${network}.240`, `end ${network}.240`, 'interface br0', `lease_file ${folder}/leases`],
        ...['option subnet 255.255.255.0', `option router ${network}.1`, `option dns ${network}.1`, ''],
      ].join('\n'),
    );
    await host.executor.put(join(folder, 'leases'), '');
    const { pid } = await host.executor.start({ argv: ['busybox', 'udhcpd', '-f', join(folder, 'udhcpd.conf')] });
    try {
      if (!boot) expect.fail('it has no kernel');
      const guest = await start({ ...base, boot: { ...boot, commandLine } });
      const seen = await eventually(
        async () => {
          const text = await shell(guest, 'ip -4 -br address show eth0; ip route; cat /etc/resolv.conf /etc/hosts');
          return text.includes('default') && text;
        },
        30_000,
        'a lease',
      );
      expect(seen).to.contain(`${network}.240/24`);
      expect(seen).to.contain(`default via ${network}.1 dev eth0`);
      expect(seen).to.contain(`nameserver ${network}.1`);
      expect(seen).to.contain(`${network}.240 Copy-1`);
      const info = await new MachinePrograms().run(['qemu-img', 'info', '-U', '--output=json', disks[0]?.path ?? '']);
      expect(JSON.parse(info)).to.include({ format: 'qcow2', 'virtual-size': 1100 * 2 ** 20 });
      expect(info).to.not.contain('backing-filename');
    } finally {
      await host.hypervisor.destroy('Copy_1').catch(() => undefined);
      await host.executor.signal(pid, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
      await lab.releaseDomain('Copy_1');
    }
  });
});

/** What `e2fsck` says of the disk of a guest that is off; `$1` the disk. */
const FSCK = `raw=$(mktemp) && trap 'rm -f "$raw"' EXIT && qemu-img convert -O raw "$1" "$raw" && e2fsck -n "$raw" 2>&1`;

async function treeIn(images: string): Promise<string | undefined> {
  const [building] = (await readdir(images)).filter((name) => name.startsWith('.building'));
  const tree = join(images, building ?? '', 'work/tree');
  return building !== undefined && (await readdir(tree)).includes('debootstrap') ? tree : undefined;
}

/** Processes whose command line names that path. */
async function usersOf(path: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter((line) => line.includes(path));
}
