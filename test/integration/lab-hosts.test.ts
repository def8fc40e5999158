import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import type { DomainDescription } from '../../core/model/hypervisor.js';
import { Lab, labPaths } from '../../wrappers/lab/index.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { startTimeOf } from '../../wrappers/machine/processes.js';
import { busyDisk } from '../support/busy-disk.js';
import { skipUnless } from '../support/skip.js';

const paths = labPaths();

describe('Hosts of the lab: who is let in, and whose disk is whose', function () {
  this.timeout(60_000);
  let lab: Lab;
  let hosts: readonly LibvirtHypervisor[];
  const disk = join(paths.disks, 'disk.img');
  const guest = (name: string): DomainDescription => {
    return { name, memoryMiB: 32, vcpus: 1, disks: [{ path: disk, format: 'raw' }] };
  };

  async function codeOf(promise: Promise<unknown>): Promise<string> {
    try {
      await promise;
      return 'done';
    } catch (error) {
      return AttituneError.is(error) ? error.code : String(error);
    }
  }

  before(async function () {
    skipUnless(this, { root: true, programs: { virtlockd: 'libvirt-daemon' }, env: 'ATTITUNE_TEST_LAB' });
    const signal = new AbortController().signal;
    lab = await Lab.up({ hosts: ['host1', 'host2'], images: [] }, { signal, onProgress: () => undefined });
    hosts = await Promise.all(
      lab.plan.hosts.map(({ name, uri }) => LibvirtHypervisor.connect({ host: name, uri, unsafe: true })),
    );
    await writeFile(disk, busyDisk());
  });

  it('lets nobody in without a certificate of its own, and listens for nothing but TLS', async () => {
    const { address } = lab.plan.hosts[0]!;
    const plain = await new Promise((resolve) => {
      const socket = connect({ host: address, port: 16509 }, () => resolve('connected'));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    expect(plain).to.equal('ECONNREFUSED');
    const uri = `qemu+tls://${address}/system?pkipath=${join(paths.run, 'nobody')}`;
    expect(await codeOf(LibvirtHypervisor.connect({ host: 'host1', uri }))).to.equal('certificate');
  });

  it('starts no disk twice, wherever it migrates, and whatever becomes of libvirtd', async () => {
    const [one, two] = hosts as [LibvirtHypervisor, LibvirtHypervisor];
    const [first, second] = lab.plan.hosts.map(({ name, uri }) => ({ host: name, uri }));
    await one.create(guest('a'));
    expect(await codeOf(two.create(guest('b')))).to.equal('disk-in-use');
    await one.migrate('a', second!);
    expect(await codeOf(one.create(guest('b')))).to.equal('disk-in-use');
    await two.migrate('a', first!);
    await lab.hosts[0]!.executor.run({ argv: ['sh', '-c', 'kill -KILL $(cat /run/libvirtd.pid)'] });
    expect(await codeOf(two.create(guest('b')))).to.equal('disk-in-use');
    expect(await two.list()).to.deep.equal([]);
  });

  it('leave no process, no key and no lock when the lab is taken down', async () => {
    const groups = await Promise.all(lab.hosts.map(({ cgroup }) => cgroup.processes()));
    const processes = groups.flat();
    const commands = await Promise.all(
      processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    expect(commands.filter((command) => command.startsWith('virtlockd\0'))).to.have.lengthOf(2);
    await Promise.all(hosts.map((host) => host.close()));
    await lab.down();
    // one that has ended, and that nobody has collected, is none
    const alive = await Promise.all(
      processes.map(async (pid) => ((await startTimeOf(pid)) === undefined ? [] : [pid])),
    );
    expect(alive.flat()).to.deep.equal([]);
    expect([paths.pki, paths.locks, join(paths.last, 'locks')].filter((path) => existsSync(path))).to.deep.equal([]);
  });

  after(async () => {
    await (lab as Lab | undefined)?.down();
  });
});
