import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { AttituneError } from '../../model/errors.js';
import type { Executor } from '../../model/executor.js';

/** Where the unit of an agent is by default. */
export const UNIT_FILE = '/etc/systemd/system/attitune-agent.service';
const ENABLED_IN = '/etc/systemd/system/multi-user.target.wants';

export interface InstalledUnit {
  /** False where systemd is not here to say whether it is right. */
  readonly verified: boolean;
  /** False where that file had this content already. */
  readonly changed: boolean;
}

/**
 * Writes the unit once systemd has found nothing wrong with it. Starts nothing. Rejects with `operation-failed`, and
 * `not-root` where the folder is not ours.
 */
export async function installUnit(executor: Executor, file: string, text: string): Promise<InstalledUnit> {
  if (!/\.service$/.test(file))
    throw new AttituneError(
      'usage',
      `The unit ${file} must end in ".service", so that systemd takes it for a service.`,
    );
  const verified = await verifyUnit(executor, basename(file), text);
  const former = await readFile(file, 'utf8').catch(() => undefined);
  if (former !== text) await executor.put(file, text).catch((error: unknown) => notOurs(error, file));
  return { verified, changed: former !== text };
}

/** Removes the unit, and what enabled it. False where there was none. */
export async function uninstallUnit(file: string): Promise<boolean> {
  const there = await readFile(file, 'utf8').then(
    () => true,
    () => false,
  );
  try {
    await rm(file, { force: true });
    if (file === UNIT_FILE) await rm(join(ENABLED_IN, basename(file)), { force: true });
  } catch (error) {
    notOurs(error, file);
  }
  return there;
}

/** Has systemd check a unit of that name. False where there is no systemd. Rejects with `operation-failed`. */
async function verifyUnit(executor: Executor, name: string, text: string): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'attitune-unit-'));
  try {
    const file = join(folder, name);
    await executor.put(file, text);
    const checked = await executor
      .run({ argv: ['systemd-analyze', 'verify', '--recursive-errors=no', file], timeoutMs: 30_000 })
      .catch(() => undefined);
    if (!checked) return false;
    const complaints = checked.stderr.split('\n').filter((line) => line.includes(name));
    if (complaints.length > 0)
      throw new AttituneError(
        'operation-failed',
        `systemd does not take the unit, so it was not written: ${complaints.join('; ').replaceAll(`${folder}/`, '')}`,
      );
    return checked.exitCode === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function notOurs(error: unknown, file: string): never {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (['EACCES', 'EPERM', 'EROFS'].includes((cause as NodeJS.ErrnoException).code ?? ''))
    throw new AttituneError('not-root', `${file} cannot be changed by this user: call it with sudo.`, { cause: error });
  throw error;
}
