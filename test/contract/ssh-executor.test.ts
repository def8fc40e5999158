import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SystemClock } from '../../core/model/clock.js';
import { AttituneError } from '../../core/model/errors.js';
import type { LoadGenerator } from '../../core/model/load.js';
import { LocalInfrastructure } from '../../wrappers/hosts/index.js';
import type { SshDestination } from '../../wrappers/language/executors/ssh-connection.js';
import { SshExecutor } from '../../wrappers/language/executors/ssh.js';
import { deploymentOf } from '../support/deployments.js';
import { startSshd, type PrivateSshd } from '../support/private-sshd.js';
import { skipUnless } from '../support/skip.js';
import { executorContract } from './executor.contract.js';

function skipWithoutSsh(context: Mocha.Context): void {
  const programs = { sshd: 'openssh-server', ssh: 'openssh-client', 'ssh-keygen': 'openssh-client' };
  skipUnless(context, { root: true, programs });
  if (spawnSync('unshare', ['--mount', '--pid', '--fork', 'true']).status === 0) return;
  console.log('      skipped: this container may not make namespaces; start it with --privileged');
  context.skip();
}

interface Far {
  readonly folder: string;
  readonly sshd: PrivateSshd;
  readonly destination: SshDestination;
  stop(): Promise<void>;
}

async function farEnd(): Promise<Far> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'attitune-sshd-')));
  const folder = join(directory, 'work');
  await mkdir(folder);
  const sshd = await startSshd({ directory });
  const destination = {
    address: '127.0.0.1',
    user: 'root',
    port: sshd.port,
    keyfile: sshd.keyfile,
    knownHosts: sshd.knownHosts,
  };
  return {
    folder,
    sshd,
    destination,
    stop: async () => {
      await sshd.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

describe('SshExecutor, on an sshd of our own', function () {
  this.timeout(60_000);

  before(function () {
    skipWithoutSsh(this);
  });

  executorContract('SshExecutor', async () => {
    const far = await farEnd();
    const executor = new SshExecutor('host1', far.destination, { graceMs: 300 });
    return {
      executor,
      folder: far.folder,
      close: async () => {
        await executor.close();
        await far.stop();
      },
    };
  });

  describe('and what is about connections', () => {
    let far: Far;
    const executors: SshExecutor[] = [];
    before(async () => {
      far = await farEnd();
    });
    after(async () => {
      for (const executor of executors) await executor.close();
      await (far as Far | undefined)?.stop();
    });

    function executor(more: Partial<SshDestination> = {}): SshExecutor {
      const made = new SshExecutor('host1', { ...far.destination, ...more }, { graceMs: 300 });
      executors.push(made);
      return made;
    }

    async function refusal(promise: Promise<unknown>): Promise<AttituneError> {
      const error = await promise.then(
        () => expect.fail('it was done'),
        (reason: unknown) => reason,
      );
      expect(AttituneError.is(error), String(error)).to.equal(true);
      return error as AttituneError;
    }

    it('uses one connection for all commands, many at a time', async () => {
      const one = executor();
      const results = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          one.run({ argv: ['sh', '-c', 'echo $1 $SSH_CONNECTION', 'sh', `${index}`] }),
        ),
      );
      const connections = results.map(({ stdout }) => stdout.trim().split(' '));
      expect(connections.map(([index]) => Number(index))).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7]);
      expect(new Set(connections.map(([, ...connection]) => connection.join(' '))).size).to.equal(1);
    });

    it('tells exit codes of commands from those of ssh, and what looks like its own words', async () => {
      const one = executor();
      expect((await one.run({ argv: ['sh', '-c', 'exit 255'] })).exitCode).to.equal(255);
      expect((await one.run({ argv: ['printf', '\n\nno end'] })).stdout).to.equal('\n\nno end');
      const background = await one.run({ argv: ['sh', '-c', '(sleep 0.3; echo late) & echo soon'] });
      expect(background).to.deep.equal({ exitCode: 0, stdout: 'soon\nlate\n', stderr: '' });
      const killed = await one.run({ argv: ['sh', '-c', 'kill -9 $$'] });
      expect(killed.exitCode).to.equal(137);
    });

    it('says that a folder is not there', async () => {
      const error = await refusal(executor().run({ argv: ['true'], cwd: '/no/such/folder' }));
      expect(error.code).to.equal('operation-failed');
      expect(error.message).to.match(/no such folder/);
    });

    it('kills what ignores the polite signal', async () => {
      const one = executor();
      const mark = join(far.folder, 'stubborn');
      const stubborn = `trap '' TERM; echo $$ > ${mark}; while :; do sleep 0.1; done`;
      const error = await refusal(one.run({ argv: ['sh', '-c', stubborn], timeoutMs: 500 }));
      expect(error.code).to.equal('operation-timeout');
      expect(await one.isRunning(Number(await one.get(mark)))).to.equal(false);
    });

    it('refuses a host whose key is not known, and a key that the host does not know', async () => {
      const nobody = join(far.folder, 'nobody');
      await writeFile(nobody, '');
      const unknown = await refusal(executor({ knownHosts: nobody }).run({ argv: ['true'] }));
      expect(unknown.code).to.equal('host-unreachable');
      expect(unknown.message).to.match(/Host key verification failed/);
      const key = join(far.folder, 'stranger');
      spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
      const refused = await refusal(executor({ keyfile: key }).get('/etc/hostname'));
      expect(refused.code).to.equal('host-unreachable');
      expect(refused.message).to.match(/Permission denied/);
    });

    it('tells of a host that does not answer, and reaches it again when it does', async () => {
      const one = executor();
      await one.run({ argv: ['true'] });
      const run = one.run({ argv: ['sleep', '30'] });
      await far.sshd.stop();
      const lost = await refusal(run);
      expect(lost.code).to.equal('host-unreachable');
      expect(lost.message).to.match(/while it ran: what came of it is not known|before it began/);
      const away = await refusal(one.run({ argv: ['true'] }));
      expect(away.code).to.equal('host-unreachable');
      await far.stop();
      far = await farEnd();
      expect((await executor().run({ argv: ['true'] })).exitCode).to.equal(0);
    });

    it('leaves nothing behind', async () => {
      const one = executor();
      const folders = async () => new Set((await readdir(tmpdir())).filter((name) => name.startsWith('attitune-ssh-')));
      const before = await folders();
      await one.run({ argv: ['true'] });
      expect((await folders()).size).to.equal(before.size + 1);
      await one.close();
      expect(await folders()).to.deep.equal(before);
    });

    it('makes a machine without a hypervisor a host of a deployment', async () => {
      const load: LoadGenerator = { start: () => expect.fail('no load is asked for') };
      const infrastructure = new LocalInfrastructure({ clock: new SystemClock(), load });
      const place = { file: 'a.deployment.xml', line: 1, column: 1 };
      const { keyfile, knownHosts } = far.sshd;
      const uri = `ssh://root@127.0.0.1:${far.sshd.port}`;
      const hosts = [{ name: 'there', uri, attributes: { keyfile, knownHosts }, place }];
      await infrastructure.up(deploymentOf({ hostFamilies: [{ name: 'f', hypervisor: 'none', hosts, place }] }));
      try {
        const host = infrastructure.host('there');
        expect(host).to.include({ name: 'there', address: '127.0.0.1', local: false });
        expect((await host.executor.run({ argv: ['echo', 'hello'] })).stdout).to.equal('hello\n');
        const { cpus, memoryMiB } = await host.hypervisor.capabilities();
        expect([cpus, host.cpuCapacity()]).to.deep.equal([availableParallelism(), availableParallelism()]);
        expect(memoryMiB).to.equal(Math.floor(totalmem() / 2 ** 20));
        const { busySeconds, totalSeconds } = await host.hypervisor.nodeCpu();
        expect(busySeconds).to.be.within(0, totalSeconds);
        expect(await host.hypervisor.list()).to.deep.equal([]);
      } finally {
        await infrastructure.down();
      }
    });

    it('names the package where there is no ssh', async () => {
      const none = new SshExecutor('host1', { ...far.destination, command: 'no-such-ssh' });
      const error = await refusal(none.run({ argv: ['true'] }));
      expect(error.code).to.equal('missing-package');
      await none.close();
    });
  });
});
