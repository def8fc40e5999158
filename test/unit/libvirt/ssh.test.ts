import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { SshEndpoint } from '../../../wrappers/libvirt/endpoint.js';
import { openSession } from '../../../wrappers/libvirt/session.js';
import { dialEndpoint } from '../../../wrappers/libvirt/transports/index.js';
import { proxyScript, sshArguments } from '../../../wrappers/libvirt/transports/ssh.js';
import { parseLibvirtUri } from '../../../wrappers/libvirt/uri.js';

const endpointOf = (uri: string) => parseLibvirtUri(uri).endpoint as SshEndpoint;

describe('the transport ssh', () => {
  it('never asks, and keeps what the URI says from being taken for options', () => {
    const words = sshArguments(
      endpointOf('qemu+ssh://root@host1:2222/system?keyfile=/k&known_hosts=/a%20b&known_hosts_verify=auto'),
    );
    expect(words.slice(0, -1)).to.deep.equal([
      ...['-T', '-e', 'none', '-o', 'BatchMode=yes', '-o', 'StrictHostKeyChecking=accept-new'],
      ...['-o', 'UserKnownHostsFile="/a b"', '-i', '/k', '-p', '2222', '-l', 'root', '--', 'host1'],
    ]);
    expect(sshArguments(endpointOf('qemu+ssh://host1/system?no_verify=1'))).to.include('StrictHostKeyChecking=no');
    expect(sshArguments(endpointOf('qemu+ssh://host1/system')).join(' ')).not.to.include('StrictHostKeyChecking');
  });

  it('quotes for the shell of the far end', () => {
    const words = sshArguments(endpointOf("qemu+ssh://host1/system?socket=/it's&netcat=/bin/echo"));
    const said = execFileSync('sh', ['-c', words.at(-1)!], { encoding: 'utf8' });
    expect(said.trim()).to.equal("-U /it's");
  });

  it('takes the helper or nc as the URI says', () => {
    const script = (uri: string) => proxyScript(endpointOf(uri));
    expect(script('qemu+ssh://h/system')).to.include("virt-ssh-helper 'qemu:///system'").and.include('libvirt-sock');
    expect(script('qemu+ssh://h/system?proxy=native')).not.to.include('-U');
    expect(script('qemu+ssh://h/session')).not.to.include('-U');
    expect(script('qemu+ssh://h/system?socket=/s')).not.to.include('exec virt-ssh-helper');
  });

  describe('with a program in the place of ssh', () => {
    let folder: string;
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'attitune-ssh-'));
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    /** Opens a session by a script that is called as ssh would be; resolves with its error. */
    async function failure(script: string, connectTimeoutMs = 10_000): Promise<AttituneError> {
      const command = join(folder, 'ssh');
      await writeFile(command, `#!/bin/sh\necho $$ > ${folder}/pid\n${script}\n`);
      await chmod(command, 0o755);
      const uri = parseLibvirtUri(`qemu+ssh://host1/system?command=${command}`);
      const options = { host: 'web1', uri, clock: new SystemClock(), dial: dialEndpoint, connectTimeoutMs };
      return openSession(options).then(
        () => expect.fail('it was opened'),
        (error: unknown) => error as AttituneError,
      );
    }

    it('tells in ssh’s own words why a host cannot be reached', async () => {
      const error = await failure('echo "ssh: connect to host host1 port 22: No route to host" >&2; exit 255');
      expect(error).to.have.property('code', 'host-unreachable');
      expect(error.message).to.match(/^web1: .*No route to host/);
    });

    it('tells apart what trying again cannot help', async () => {
      const error = await failure('cat > /dev/null & echo "root@host1: Permission denied (publickey)." >&2; exit 255');
      expect(error).to.have.property('code', 'hypervisor');
      expect(error.message).to.include('Permission denied');
    });

    it('tells what the far end lacks', async () => {
      const error = await failure('echo "there is no virt-ssh-helper, and no nc" >&2; exit 127');
      expect(error).to.have.property('code', 'missing-package');
      expect(error.message).to.include('netcat-openbsd');
    });

    it('tells a missing ssh', async () => {
      const uri = parseLibvirtUri(`qemu+ssh://host1/system?command=${folder}/nothing`);
      const options = { host: 'web1', uri, clock: new SystemClock(), dial: dialEndpoint, connectTimeoutMs: 10_000 };
      const error = await openSession(options).catch((reason: unknown) => reason as AttituneError);
      expect(error).to.have.property('code', 'missing-package');
    });

    it('ends an ssh that does not get through in time', async () => {
      const error = await failure('exec sleep 600', 300);
      expect(error).to.have.property('code', 'host-unreachable');
      expect(error.message).to.include('0.3 s');
      const pid = (await readFile(join(folder, 'pid'), 'utf8')).trim();
      for (let tries = 0; tries < 100; tries += 1) {
        const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
        if (stat === '' || stat.includes(') Z ')) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      expect.fail('it still runs');
    });
  });
});
