import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipUnless } from './skip.js';
import { accountFile } from '../../wrappers/lab/host/host-files.js';
import { freePort } from './ports.js';

/** One libvirtd of our own: its sockets, state, logs and guests are in `directory` and end with it. */
export interface PrivateDaemon {
  readonly directory: string;
  readonly name: string;
  readonly socket: string;
  /** Where it listens; inside its own network namespace unless it is in ours. */
  readonly address: string;
  readonly port: number;
  /** Set where it listens for TLS, and then for nothing else. */
  readonly tls?: DaemonTls;
  /** Set where a lock manager of its own locks the disks of its guests, in this folder. */
  readonly locks?: string;
}

/** PEM texts of a daemon that listens for TLS. */
export interface DaemonTls {
  /** Whose clients it lets in. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

export interface PrivateLibvirt {
  readonly directory: string;
  readonly daemons: readonly PrivateDaemon[];
  /** Kills the daemons and all their guests, and removes what they wrote. */
  stop(): Promise<void>;
}

/** Skips a suite where this machine cannot run daemons of our own. */
export function skipWithoutPrivateLibvirt(context: Mocha.Context): void {
  const programs = { libvirtd: 'libvirt-daemon-system', 'qemu-system-x86_64': 'qemu-system-x86', ip: 'iproute2' };
  skipUnless(context, { root: true, programs });
  if (spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status === 0) return;
  console.log('      skipped: this container may not make namespaces; start it with --privileged');
  context.skip();
}

/** Directories of libvirt's that each daemon has for itself, by the name of the folder that takes their place. */
const OWN = {
  etc: '/etc/libvirt',
  lib: '/var/lib/libvirt',
  log: '/var/log/libvirt',
  cache: '/var/cache/libvirt',
  run: '/run',
};

/** Kills one daemon at once, with all its guests, as when its host loses power. */
export function killDaemon({ directory }: PrivateDaemon): void {
  const { stdout } = spawnSync('pgrep', ['-f', `^unshare .*${directory}/run.sh$`], { encoding: 'utf8' });
  for (const pid of stdout.split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGKILL');
}

/** Kills libvirtd alone: its guests go on, and {@link startLibvirtd} starts it again on what it left. */
export async function killLibvirtd(daemon: PrivateDaemon): Promise<void> {
  process.kill(processOf(daemon, '-x', 'libvirtd'), 'SIGKILL');
  for (let attempt = 0; attempt < 200 && (await answers(daemon.socket)); attempt += 1) await pause();
}

/** Kills the QEMU of one guest, whether libvirtd runs or not. */
export function killGuest(daemon: PrivateDaemon, name: string): void {
  process.kill(processOf(daemon, '-f', `guest=${name},`), 'SIGKILL');
}

/** The process of a daemon's host that pgrep finds with these arguments. */
function processOf(daemon: PrivateDaemon, ...matching: readonly string[]): number {
  const pgrep = (...of: readonly string[]) => spawnSync('pgrep', of, { encoding: 'utf8' }).stdout.trim();
  const init = pgrep('-P', pgrep('-f', `^unshare .*${daemon.directory}/run.sh$`));
  const pid = Number(init && pgrep('-P', init, ...matching));
  if (!pid) throw new Error(`no process ${matching.join(' ')} runs in ${daemon.directory}`);
  return pid;
}

/** Starts a libvirtd that was killed, and waits until it answers. */
export async function startLibvirtd(daemon: PrivateDaemon): Promise<void> {
  await writeFile(join(daemon.directory, 'start'), '');
  await answering(daemon);
}

/**
 * Two daemons in one network namespace of their own, so that they can migrate to each other; `locks`: each with a lock
 * manager, which lock disks in one folder.
 */
export async function startLibvirtPair({ locks = false } = {}): Promise<PrivateLibvirt> {
  const directory = await mkdtemp(join(tmpdir(), 'attitune-libvirt-'));
  const folder = join(directory, 'locks');
  if (locks) await mkdir(folder);
  const daemons = ['192.0.2.1', '192.0.2.2'].map((address, index) => ({
    ...daemonIn(directory, index, address, 16509),
    ...(locks && { locks: folder }),
  }));
  const addresses = daemons.map(({ address }) => `ip address add ${address}/32 dev lo`).join('\n');
  return start(directory, daemons, ['--net'], `ip link set lo up\n${addresses}`);
}

/** One daemon on the loopback interface of this machine. */
export async function startLibvirtOnLoopback(tls?: DaemonTls): Promise<PrivateLibvirt> {
  const directory = await mkdtemp(join(tmpdir(), 'attitune-libvirt-'));
  const daemon = daemonIn(directory, 0, '127.0.0.1', await freePort());
  return start(directory, [{ ...daemon, ...(tls && { tls }) }], [], ':');
}

function daemonIn(directory: string, index: number, address: string, port: number): PrivateDaemon {
  const name = `host${index + 1}`;
  const own = join(directory, name);
  return { directory: own, name, socket: join(own, 'run/libvirt/libvirt-sock'), address, port };
}

async function start(
  directory: string,
  daemons: readonly PrivateDaemon[],
  namespaces: readonly string[],
  prepare: string,
): Promise<PrivateLibvirt> {
  for (const daemon of daemons) await configure(daemon);
  const script = join(directory, 'all.sh');
  const each = daemons.map(
    (daemon) =>
      `unshare --mount --uts --pid --fork --kill-child --mount-proc sh ${daemon.directory}/run.sh >${daemon.directory}/output 2>&1 &`,
  );
  await writeFile(script, ['set -e', prepare, ...each, 'wait', ''].join('\n'));
  // the parent's death kills the first process of the namespace, and that one's everything in it
  const child = spawn(
    'setpriv',
    [
      '--pdeathsig',
      'KILL',
      'unshare',
      ...namespaces,
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--mount-proc',
      'sh',
      script,
    ],
    { stdio: 'ignore', cwd: directory, env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` } },
  );
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  };
  try {
    await Promise.all(daemons.map((daemon) => answering(daemon, child)));
  } catch (error) {
    await stop();
    throw error;
  }
  return { directory, daemons, stop };
}

async function configure({ directory, name, address, port, tls, locks }: PrivateDaemon): Promise<void> {
  for (const folder of Object.keys(OWN)) await mkdir(join(directory, folder), { recursive: true });
  const libvirtd = {
    listen_tls: tls ? 1 : 0,
    listen_tcp: tls ? 0 : 1,
    listen_addr: `"${address}"`,
    ...(tls ? await tlsSettings(directory, port, tls) : { tcp_port: `"${port}"` }),
    auth_tcp: '"none"',
    auth_unix_rw: '"none"',
    host_uuid: `"${randomUUID()}"`,
    log_outputs: '"3:file:/var/log/libvirt/libvirtd.log"',
  };
  const qemu = {
    security_driver: '"none"',
    user: '"root"',
    group: '"root"',
    dynamic_ownership: 0,
    remember_owner: 0,
    namespaces: '[]',
    cgroup_controllers: '[]',
    stdio_handler: '"file"',
    ...(address !== '127.0.0.1' && { migration_host: `"${address}"` }),
    ...(locks !== undefined && { lock_manager: '"lockd"' }),
  };
  const lines = (settings: object) =>
    Object.entries(settings)
      .map(([key, value]) => `${key} = ${value}\n`)
      .join('');
  await writeFile(join(directory, 'etc/libvirtd.conf'), lines(libvirtd));
  await writeFile(join(directory, 'etc/qemu.conf'), lines(qemu));
  const lockd = { auto_disk_leases: 1, file_lockspace_dir: `"${locks}"` };
  if (locks !== undefined) await writeFile(join(directory, 'etc/qemu-lockd.conf'), lines(lockd));
  // without it each start of a guest waits seconds for a name server
  await writeFile(join(directory, 'hosts'), `127.0.0.1 localhost\n${address} ${name}\n`);
  // the accounts that libvirt asks for come with a package that starts a daemon of the machine's own
  for (const kind of ['passwd', 'group'] as const) {
    await writeFile(join(directory, kind), accountFile(kind, await readFile(`/etc/${kind}`, 'utf8')));
  }
  const files = ['hosts', 'passwd', 'group'].map((file) => `mount --bind ${join(directory, file)} /etc/${file}`);
  const identity = [`hostname ${name}`, ...files].join('\n');
  const binds = Object.entries(OWN).map(
    ([name, place]) => `mkdir -p ${place}\nmount --bind ${join(directory, name)} ${place}`,
  );
  // where the device is there but cannot run machines, libvirt probes QEMU for seconds or minutes at each start; a file
  // that even root cannot write keeps it from trying
  const noKvm = join(directory, 'no-kvm');
  await writeFile(noKvm, '');
  const hideKvm = `[ ! -e /dev/kvm ] || { mount --bind ${noKvm} /dev/kvm && mount -o remount,bind,ro /dev/kvm; }`;
  const awaited = 'i=0; until [ -S /run/libvirt/virtlockd-sock ] || [ $i -ge 100 ]; do sleep 0.05; i=$((i+1)); done';
  const lockManager = locks === undefined ? [] : ['virtlockd &', awaited];
  // one that was killed is started again on demand
  const again = join(directory, 'start');
  const serving = `while :; do libvirtd --listen & wait $! || until [ -e ${again} ]; do sleep 0.05; done; rm -f ${again}; done`;
  // the shell stays, to reap what QEMU leaves behind
  await writeFile(
    join(directory, 'run.sh'),
    ['set -e', hideKvm, identity, ...binds, ...lockManager, serving, ''].join('\n'),
  );
}

async function tlsSettings(directory: string, port: number, tls: DaemonTls): Promise<object> {
  const files = { ca_file: tls.authority, cert_file: tls.certificate, key_file: tls.key };
  for (const [file, text] of Object.entries(files)) await writeFile(join(directory, 'etc', file), text);
  return {
    ...Object.fromEntries(Object.keys(files).map((file) => [file, `"/etc/libvirt/${file}"`])),
    tls_port: `"${port}"`,
    auth_tls: '"none"',
    // it would not start with a certificate that has expired
    tls_no_sanity_certificate: 1,
  };
}

async function answering(daemon: PrivateDaemon, child?: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (child && (child.exitCode !== null || child.signalCode !== null)) break;
    if (await answers(daemon.socket)) return;
    await pause();
  }
  const log = await readFile(join(daemon.directory, 'log/libvirtd.log'), 'utf8').catch(() => 'no log');
  throw new Error(`libvirtd in ${daemon.directory} did not come up: ${log}`);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path }, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
