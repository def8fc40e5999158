import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PrivateDaemon } from './private-libvirt.js';
import { answers, freePort } from './ports.js';

/** An sshd of our own on loopback; who logs in finds the private libvirt daemon where libvirt's daemon is. */
export interface PrivateSshd {
  readonly port: number;
  /** A key that is let in. */
  readonly keyfile: string;
  readonly knownHosts: string;
  stop(): Promise<void>;
}

/** Everything is kept in the folder of the daemon, and gone with it. The mount namespace has the daemon's `/run`. */
export async function startSshd({ directory }: Pick<PrivateDaemon, 'directory'>): Promise<PrivateSshd> {
  const folder = join(directory, 'ssh');
  const file = (name: string) => join(folder, name);
  await mkdir(folder);
  await mkdir(join(directory, 'run/sshd'), { recursive: true });
  for (const key of ['host', 'client'])
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file(key)], { stdio: 'inherit' });
  const port = await freePort();
  const publicKey = async (name: string) => (await readFile(file(`${name}.pub`), 'utf8')).trim();
  await writeFile(file('authorized_keys'), `${await publicKey('client')}\n`);
  await writeFile(file('known_hosts'), `[127.0.0.1]:${port} ${await publicKey('host')}\n`);
  await writeFile(file('passwd'), `${await readFile('/etc/passwd', 'utf8')}sshd:x:64057:65534::/run/sshd:/bin/false\n`);
  const settings = {
    Port: port,
    ListenAddress: '127.0.0.1',
    HostKey: file('host'),
    AuthorizedKeysFile: file('authorized_keys'),
    PidFile: 'none',
    UsePAM: 'no',
    StrictModes: 'no',
    PermitRootLogin: 'prohibit-password',
    PasswordAuthentication: 'no',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} ${value}\n`);
  await writeFile(file('sshd_config'), lines.join(''));
  const script = [
    'set -e',
    `mount --bind ${join(directory, 'run')} /run`,
    `mount --bind ${file('passwd')} /etc/passwd`,
    `exec "$(command -v sshd)" -D -e -f ${file('sshd_config')}`,
  ];
  await writeFile(file('run.sh'), `${script.join('\n')}\n`);
  await chmod(folder, 0o700);
  // of its own process namespace, so that its sessions end with it
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'unshare', ...namespaces, 'sh', file('run.sh')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt += 1) {
    if (await answers(port)) return { port, keyfile: file('client'), knownHosts: file('known_hosts'), stop };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await stop();
  throw new Error(`sshd did not come up: ${said}`);
}
