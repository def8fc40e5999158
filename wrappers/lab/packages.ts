import { existsSync, readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { BUILD_PACKAGES, buildPackages, missingOf } from '../vm/image/image-packages.js';
import { distributionOf } from '../vm/image/archive.js';
import { MachinePrograms, type Argv, type Programs } from '../machine/programs.js';

/** What the lab runs, beyond what every Debian system has, and what for. */
const PACKAGES: Readonly<Record<string, string>> = {
  'qemu-system-x86': 'the virtual machines',
  'qemu-utils': 'their disks',
  'libvirt-daemon': 'one daemon per host',
  'libvirt-daemon-driver-qemu': 'its driver',
  iproute2: 'namespaces, bridges',
  'apache2-bin': 'the balancer',
  ...BUILD_PACKAGES,
};

/** Where virtlockd and libvirt's plug-in for it are packages of their own; in these releases libvirt-daemon has them. */
const LOCK_MANAGER = ['libvirt-daemon-lock', 'libvirt-daemon-plugin-lockd'];
const LOCK_MANAGER_INCLUDED: ReadonlySet<string> = new Set([
  ...['bullseye', 'bookworm'],
  ...['focal', 'jammy', 'noble', 'oracular'],
]);

/** The Debian packages that the lab needs on this system. */
export function labPackages(osRelease: string): readonly string[] {
  const locks = LOCK_MANAGER_INCLUDED.has(distributionOf(osRelease).suite) ? [] : LOCK_MANAGER;
  return [...new Set([...Object.keys(PACKAGES), ...locks, ...buildPackages(osRelease)])];
}

/** The packages that this machine lacks for the lab. Rejects with `image-build` where it is no Debian or Ubuntu. */
export async function missingPackages(programs: Programs = new MachinePrograms()): Promise<readonly string[]> {
  return missingOf(labPackages(await readFile('/etc/os-release', 'utf8')), programs);
}

const POLICY = '/usr/sbin/policy-rc.d';
const ASIDE = `${POLICY}.attitune`;
const MARK = '# attitune: no service starts while the lab installs its packages';

/**
 * Installs packages with apt-get, asking nothing, and without starting any service that they bring.
 * Rejects with `missing-package`.
 */
export async function installPackages(
  names: readonly string[],
  onProgress: (step: string, fraction?: number) => void,
  { signal, programs = new MachinePrograms() }: { readonly signal?: AbortSignal; readonly programs?: Programs } = {},
): Promise<void> {
  if (names.length === 0) return;
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, failure: 'missing-package', ...(signal ? { signal } : {}) } as const;
  onProgress('packages: apt-get update', 0);
  await programs.run(['apt-get', '-q', 'update'], options);
  const install: Argv = [
    'apt-get',
    '-q',
    '-y',
    '--no-install-recommends',
    '-o',
    'APT::Status-Fd=1',
    '-o',
    'Dpkg::Use-Pty=0',
    'install',
    ...names,
  ];
  const onLine = (line: string) => {
    const fraction = aptProgress(line);
    if (fraction !== undefined) onProgress(`packages: ${names.join(' ')}`, fraction);
  };
  await withoutServices(() => programs.run(install, { ...options, onLine }));
  onProgress('packages: installed', 1);
}

/** Reads a line of apt's status file descriptor (`dlstatus:…`, `pmstatus:…`), a third being the download. */
export function aptProgress(line: string): number | undefined {
  const [kind, , percent] = line.split(':');
  const part = Number(percent) / 100;
  if (!Number.isFinite(part)) return undefined;
  if (kind === 'dlstatus') return part / 3;
  return kind === 'pmstatus' ? 1 / 3 + (part * 2) / 3 : undefined;
}

/** Debian asks `policy-rc.d` before a package starts its service (Debian policy 9.3.3.1, invoke-rc.d). */
async function withoutServices(action: () => Promise<unknown>): Promise<void> {
  await removeServiceGuard();
  if (existsSync(POLICY)) await rename(POLICY, ASIDE);
  await writeFile(POLICY, `#!/bin/sh\n${MARK} (process ${process.pid})\nexit 101\n`, { mode: 0o755 });
  try {
    await action();
  } finally {
    await removeServiceGuard();
  }
}

/** Whether a crash during an installation left the guard. */
export function serviceGuardLeft(): boolean {
  const installer = guardedBy();
  return installer === undefined ? existsSync(ASIDE) && !existsSync(POLICY) : !alive(installer);
}

/** Takes the guard away, unless another process is installing at this moment, and puts the machine's own policy back. */
export async function removeServiceGuard(): Promise<void> {
  const installer = guardedBy();
  if (installer !== undefined) {
    if (installer !== process.pid && alive(installer)) return;
    await rm(POLICY, { force: true });
  }
  if (existsSync(ASIDE) && !existsSync(POLICY)) await rename(ASIDE, POLICY);
}

/** The process that put the guard there, if it stands there now. */
function guardedBy(): number | undefined {
  const text = existsSync(POLICY) ? readFileSync(POLICY, 'utf8') : '';
  return text.includes(MARK) ? Number(/\(process (\d+)\)/.exec(text)?.[1] ?? 0) : undefined;
}

function alive(pid: number): boolean {
  return pid > 0 && existsSync(`/proc/${pid}`);
}
