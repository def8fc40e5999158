import { existsSync } from 'node:fs';
import { readFile, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { delay, type Clock } from '../../../core/model/clock.js';
import { AttituneError } from '../../../core/model/errors.js';
import type { CgroupTree, HostCgroup } from '../host/cgroup.js';
import { removeLabNetwork } from '../host/network.js';
import { ImageStore } from '../../vm/image/image-store.js';
import type { LabPaths } from '../lab-paths.js';
import { removeServiceGuard } from '../packages.js';
import type { Programs } from '../../machine/programs.js';
import { LabRecordFile } from './lab-state.js';

const POLITE_MS = 1500;
const FORCED_MS = 10_000;
const POLL_MS = 50;

export interface TeardownParts {
  readonly programs: Programs;
  readonly paths: LabPaths;
  readonly cgroups: CgroupTree;
  readonly clock: Clock;
}

/**
 * Takes down whatever lab there is, by names and cgroups, whoever made it and however far it came. Idempotent. What was
 * kept on purpose stays: images and caches. The caller holds the lock.
 */
export async function tearDown({ programs, paths, cgroups, clock }: TeardownParts): Promise<void> {
  const groups = await cgroups.existing();
  await endProcesses(groups, clock);
  await removeLabNetwork(programs);
  for (const group of groups) await group.remove();
  await cgroups.remove();
  await removeNamespaceFolder(programs);
  await rm(paths.pki, { recursive: true, force: true });
  await putAside(paths);
  await new ImageStore(programs, paths).clean();
  await removeServiceGuard();
  await new LabRecordFile(paths.run).remove();
}

/** What is left of a lab is its logs, in case somebody asks what went wrong. */
async function putAside(paths: LabPaths): Promise<void> {
  if (!existsSync(paths.lab)) return;
  for (const folder of [paths.disks, paths.locks]) await rm(folder, { recursive: true, force: true });
  await rm(paths.last, { recursive: true, force: true });
  await rename(paths.lab, paths.last);
}

/** Politely first: QEMU then closes its disks in order. */
async function endProcesses(groups: readonly HostCgroup[], clock: Clock): Promise<void> {
  // at a limit, even ending takes long
  for (const group of groups) await group.limit(undefined).catch(() => undefined);
  await signalUntilGone(groups, 'SIGTERM', POLITE_MS, clock);
  await signalUntilGone(groups, 'SIGKILL', FORCED_MS, clock);
  const left = await processesOf(groups);
  if (left.length > 0) {
    throw new AttituneError(
      'lab',
      `The lab's processes ${left.join(', ')} do not end, even when killed; see 'attitune lab status'.`,
    );
  }
}

async function signalUntilGone(
  groups: readonly HostCgroup[],
  signal: NodeJS.Signals,
  withinMs: number,
  clock: Clock,
): Promise<void> {
  const deadline = clock.now() + withinMs;
  const told = new Set<number>();
  for (;;) {
    const pids = await processesOf(groups);
    if (pids.length === 0 || clock.now() > deadline) return;
    for (const pid of pids) {
      // a process may fork while it is told: the new ones are told in the next round, and each is killed again and again
      if (signal === 'SIGKILL' || !told.has(pid)) send(pid, signal);
      told.add(pid);
    }
    await delay(clock, POLL_MS);
  }
}

async function processesOf(groups: readonly HostCgroup[]): Promise<readonly number[]> {
  const lists = await Promise.all(groups.map((group) => group.processes()));
  return lists.flat().filter((pid) => pid > 1 && pid !== process.pid);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH')
      throw AttituneError.from(error, 'lab', `Process ${pid} cannot be ended`);
  }
}

/** `ip netns add` mounts its folder onto itself once; without any namespace nobody needs that. */
async function removeNamespaceFolder(programs: Programs): Promise<void> {
  const folder = '/run/netns';
  const entries = await readdir(folder).catch(() => undefined);
  const mounts = await readFile('/proc/self/mountinfo', 'utf8');
  if (entries?.length !== 0 || !mounts.split('\n').some((line) => line.split(' ')[4] === folder)) return;
  // a namespace that somebody makes at this moment keeps it busy, and is right to
  await programs.run(['umount', folder]).catch(() => '');
  await rmdir(folder).catch(() => undefined);
}
