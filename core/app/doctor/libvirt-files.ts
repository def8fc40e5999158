import { connect } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Where the configuration of a host's libvirt is, as seen from here, and the socket of its lock manager. */
export interface LibvirtPlaces {
  readonly configuration: string;
  readonly lockSocket: string;
}

/** What a host's configuration says of what two hosts could do at once. */
export interface LibvirtSettings {
  /** `lockd`, `sanlock`, or `nop` where there is none. */
  readonly lockManager: string;
  /** Whether virtlockd answers. */
  readonly lockManagerRuns: boolean;
  /** Where locks are; absent: on the disks themselves. */
  readonly lockSpace?: string;
  readonly migrationPorts: readonly [from: number, to: number];
}

/** libvirt's own, of its `qemu.conf`. */
export const MIGRATION_PORTS = [49152, 49215] as const;

/** Rejects with the system's error where the files cannot be read; one that is not there says nothing. */
export async function readLibvirtSettings({ configuration, lockSocket }: LibvirtPlaces): Promise<LibvirtSettings> {
  const [qemu, lockd] = await Promise.all(
    ['qemu.conf', 'qemu-lockd.conf'].map((file) => settingsOf(join(configuration, file))),
  );
  const lockSpace = lockd?.get('file_lockspace_dir');
  return {
    lockManager: qemu?.get('lock_manager') ?? 'nop',
    lockManagerRuns: await answers(lockSocket),
    ...(lockSpace ? { lockSpace } : {}),
    migrationPorts: [
      Number(qemu?.get('migration_port_min') ?? MIGRATION_PORTS[0]),
      Number(qemu?.get('migration_port_max') ?? MIGRATION_PORTS[1]),
    ],
  };
}

async function settingsOf(file: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  return readSettings(text);
}

/** The settings of one of libvirt's files, `name = "text"` or `name = number`; lists are left out. */
export function readSettings(text: string): ReadonlyMap<string, string> {
  const found = [...text.matchAll(/^[ \t]*(\w+)[ \t]*=[ \t]*(?:"([^"\n]*)"|'([^'\n]*)'|(\d+))[ \t]*(?:#.*)?$/gm)];
  return new Map(
    found.map(([, name = '', ...values]) => [
      name,
      (values as (string | undefined)[]).find((value) => value !== undefined) ?? '',
    ]),
  );
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
