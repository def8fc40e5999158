import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { AttituneError } from '../../core/model/errors.js';
import { LibvirtHypervisor } from '../../wrappers/libvirt/index.js';
import { skipWithoutPrivateLibvirt, startLibvirtOnLoopback, type PrivateLibvirt } from '../support/private-libvirt.js';
import { startSshd, type PrivateSshd } from '../support/private-sshd.js';
import { skipUnless } from '../support/skip.js';

describe('libvirt over SSH, with a real daemon', function () {
  this.timeout(60_000);
  let libvirt: PrivateLibvirt;

  before(async function () {
    skipWithoutPrivateLibvirt(this);
    libvirt = await startLibvirtOnLoopback();
  });
  after(() => libvirt.stop());

  const connect = (uri: string) => LibvirtHypervisor.connect({ host: 'host1', uri, connectTimeoutMs: 20_000 });

  async function domains(uri: string): Promise<readonly unknown[]> {
    const host = await connect(uri);
    try {
      return await host.list();
    } finally {
      await host.close();
    }
  }

  it('works by any program in the place of ssh that joins it to the socket', async function () {
    skipUnless(this, { programs: { 'virt-ssh-helper': 'libvirt-daemon' } });
    const command = join(libvirt.directory, 'fake-ssh');
    const { directory } = libvirt.daemons[0]!;
    // the last word is what the shell of the far end is given; there the daemon is where libvirt's daemon always is
    const lines = [
      '#!/bin/sh',
      'for word; do :; done',
      `export word; exec unshare --mount sh -c 'mount --bind ${join(directory, 'run')} /run && exec sh -c "$word"'`,
    ];
    await writeFile(command, `${lines.join('\n')}\n`);
    await chmod(command, 0o755);
    expect(await domains(`qemu+ssh://root@host1/system?command=${command}`)).to.deep.equal([]);
  });

  describe('and a real sshd', () => {
    let sshd: PrivateSshd;
    before(async function () {
      skipUnless(this, {
        root: true,
        programs: { sshd: 'openssh-server', ssh: 'openssh-client', 'ssh-keygen': 'openssh-client' },
      });
      sshd = await startSshd(libvirt.daemons[0]!);
    });
    after(() => (sshd as PrivateSshd | undefined)?.stop());

    const uri = (options: Readonly<Record<string, string>>) =>
      `qemu+ssh://root@127.0.0.1:${sshd.port}/system?${Object.entries({ keyfile: sshd.keyfile, ...options })
        .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
        .join('&')}`;

    async function refusal(address: string, words: string): Promise<void> {
      const error = await domains(address).then(
        () => expect.fail('it was let in'),
        (reason: unknown) => reason,
      );
      expect(AttituneError.is(error, 'hypervisor'), String(error)).to.equal(true);
      expect((error as AttituneError).message).to.include(words);
    }

    it('reaches the daemon with a key, and knows the host by its key', async () => {
      expect(await domains(uri({ known_hosts: sshd.knownHosts }))).to.deep.equal([]);
    });

    it('refuses a host whose key is not known, unless it is told to trust it', async () => {
      const unknown = join(libvirt.directory, 'nobody');
      await refusal(uri({ known_hosts: unknown }), 'Host key verification failed');
      expect(await domains(uri({ known_hosts: unknown, known_hosts_verify: 'auto' }))).to.deep.equal([]);
      expect(await domains(uri({ known_hosts: unknown }))).to.deep.equal([]);
    });

    it('tells that its key is refused, and asks for no password', async () => {
      const keyfile = join(libvirt.directory, 'no-key');
      await refusal(uri({ known_hosts: sshd.knownHosts, keyfile }), 'Permission denied');
    });
  });
});
