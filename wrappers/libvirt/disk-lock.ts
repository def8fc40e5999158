/**
 * Disks that two domains would use: libvirt's lock manager refuses the second start for all hosts that share its lock
 * space, and QEMU itself where both run on one machine. Both are told alike, with the disk and, where it is known, who
 * has it. A lock manager names its lock of a disk by the SHA-256 of the path (libvirt's `src/locking/lock_driver_lockd.c`).
 */
import { createHash } from 'node:crypto';
import type { AttituneError } from '../../core/model/errors.js';
import { listDomains } from './domain-statistics.js';
import { describeDomain } from './domain-definition.js';
import { libvirtCode, recoded } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';

/** Whose lock a start or resumption met. */
export interface DiskLock {
  readonly by: 'lock manager' | 'QEMU';
  /** Absent: the disk is none of those that were asked for. */
  readonly path?: string;
}

const TELLERS: Readonly<Record<DiskLock['by'], string>> = { 'lock manager': "libvirt's lock manager", QEMU: 'QEMU' };
const LOCK_MANAGER = /Lockspace resource '(?<name>[^']+)' is locked/;
const QEMU = /Failed to get (?:shared )?"[^"]+" lock\s+Is another process using the image \[(?<path>[^\]]+)\]/;

/** The lock that an error of libvirt's is about; `disks` are the paths that the domain wanted. */
export function diskLockOf(error: unknown, disks: readonly string[]): DiskLock | undefined {
  if (libvirtCode(error) === undefined) return undefined;
  const { message } = error as AttituneError;
  const path = QEMU.exec(message)?.groups?.['path'];
  if (path !== undefined) return { by: 'QEMU', path };
  const name = LOCK_MANAGER.exec(message)?.groups?.['name'];
  if (name === undefined) return undefined;
  const locked = disks.find((disk) => name === disk || name === lockName(disk));
  return { by: 'lock manager', ...(locked === undefined ? {} : { path: locked }) };
}

export function lockName(path: string): string {
  return createHash('sha256').update(path).digest('hex');
}

/** Runs a call that starts or resumes a domain. Rejects with `disk-in-use` where another one has a disk of it. */
export async function guardingDisks<T>(
  connection: RpcConnection,
  {
    host,
    name,
    disks,
  }: { readonly host: string; readonly name: string; readonly disks: () => Promise<readonly string[]> },
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const lock = diskLockOf(error, []) && diskLockOf(error, await disks().catch(() => []));
    if (!lock) throw error;
    const { by, path = 'that its definition names' } = lock;
    const holder =
      lock.path === undefined ? undefined : await userOf(connection, lock.path, name).catch(() => undefined);
    const whom = holder === undefined ? 'a domain that does not run on this host' : `the domain ${holder} of this host`;
    throw recoded(
      error as AttituneError,
      'disk-in-use',
      `${host}: ${name} was not started, since its disk ${path} is in use by ${whom}, as ${TELLERS[by]} tells. ` +
        'Two domains that write to one disk ruin it: stop the other one first.',
    );
  }
}

/** The other domain of this host that runs with that disk. */
async function userOf(connection: RpcConnection, path: string, except: string): Promise<string | undefined> {
  for (const { name, state } of await listDomains(connection)) {
    if (name === except || state === 'shutoff') continue;
    // one whose document cannot be read, or that has just gone, is passed over
    const details = await describeDomain(connection, name).catch(() => undefined);
    if (details?.description.disks.some((disk) => disk.path === path)) return name;
  }
  return undefined;
}
