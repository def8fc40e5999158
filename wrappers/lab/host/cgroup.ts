import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AttituneError } from '../../../core/model/errors.js';
import type { CgroupLocation } from '../../../core/model/infrastructure.js';

/** The cgroup above those of the hosts, directly below each controller's root. */
export const LAB_CGROUP = 'attitune-lab';
const PERIOD_US = 100_000;

/** What differs between cgroup v1 and v2. Folders are given, so that a test can use a tree of plain files. */
export interface CgroupTree {
  readonly version: 1 | 2;
  /** The lab's folders: one per controller on v1, one on v2. */
  readonly roots: readonly string[];
  /** Makes the group of a host, empty and without limit. */
  create(host: string): Promise<HostCgroup>;
  /** Those of the hosts that exist now. */
  existing(): Promise<readonly HostCgroup[]>;
  /** Removes the lab's own folders, once the hosts' are gone. */
  remove(): Promise<void>;
}

/** Finds out how the machine mounts its controllers. Throws `lab` where there is no CPU controller. */
export function findCgroupTree(mount = '/sys/fs/cgroup'): CgroupTree {
  if (existsSync(join(mount, 'cgroup.controllers'))) return new UnifiedTree(mount);
  const combined = join(mount, 'cpu,cpuacct');
  const [cpu, cpuacct] = existsSync(combined) ? [combined, combined] : [join(mount, 'cpu'), join(mount, 'cpuacct')];
  if (existsSync(join(cpu, 'cgroup.procs')) && existsSync(join(cpuacct, 'cgroup.procs')))
    return new SplitTree(cpu, cpuacct);
  throw new AttituneError(
    'lab',
    `No CPU controller of cgroup v1 or v2 is mounted below ${mount}: the lab cannot limit its hosts.`,
  );
}

/** One host's group: its CPU limit, what it has used, and the processes in it. */
export class HostCgroup {
  constructor(
    readonly host: string,
    readonly location: CgroupLocation,
  ) {}

  /** Every distinct folder of the group. */
  get folders(): readonly string[] {
    return [...new Set([this.location.cpu, this.location.cpuacct])];
  }

  /** Files into which a process writes its id to join. */
  get joinFiles(): readonly string[] {
    return this.folders.map((folder) => join(folder, 'cgroup.procs'));
  }

  /** Limits the host to so many CPUs (`0.8`: 80 % of one); `undefined` lifts the limit. */
  async limit(cpus: number | undefined): Promise<void> {
    if (cpus !== undefined && !(cpus >= 0.01))
      throw new AttituneError('value', `A CPU limit of ${cpus} is too small: at least 0.01.`);
    const quota = cpus === undefined ? undefined : Math.round(cpus * PERIOD_US);
    const { version, cpu } = this.location;
    if (version === 2) return writeFile(join(cpu, 'cpu.max'), `${quota ?? 'max'} ${PERIOD_US}`);
    await writeFile(join(cpu, 'cpu.cfs_period_us'), String(PERIOD_US));
    await writeFile(join(cpu, 'cpu.cfs_quota_us'), String(quota ?? -1));
  }

  /** The limit in CPUs, or `undefined`. */
  async limited(): Promise<number | undefined> {
    const { version, cpu } = this.location;
    const [quota, period] =
      version === 2
        ? (await readFile(join(cpu, 'cpu.max'), 'utf8')).trim().split(/\s+/).map(Number)
        : await Promise.all(
            ['cpu.cfs_quota_us', 'cpu.cfs_period_us'].map(async (f) => Number(await readFile(join(cpu, f), 'utf8'))),
          );
    return quota !== undefined && period !== undefined && quota > 0 ? quota / period : undefined;
  }

  /** CPU time used so far, in seconds. */
  async cpuSeconds(): Promise<number> {
    const { version, cpuacct } = this.location;
    if (version === 1) return Number(await readFile(join(cpuacct, 'cpuacct.usage'), 'utf8')) / 1e9;
    const usage = /^usage_usec (\d+)$/m.exec(await readFile(join(cpuacct, 'cpu.stat'), 'utf8'));
    return Number(usage?.[1] ?? NaN) / 1e6;
  }

  async processes(): Promise<readonly number[]> {
    const lists = await Promise.all(this.joinFiles.map((file) => readFile(file, 'utf8').catch(() => '')));
    return [...new Set(lists.flatMap((text) => text.split('\n').filter(Boolean).map(Number)))];
  }

  async remove(): Promise<void> {
    for (const folder of this.folders) await removeFolder(folder);
  }
}

class SplitTree implements CgroupTree {
  readonly version = 1;
  readonly roots: readonly string[];
  readonly #cpu: string;
  readonly #cpuacct: string;

  constructor(cpu: string, cpuacct: string) {
    this.#cpu = join(cpu, LAB_CGROUP);
    this.#cpuacct = join(cpuacct, LAB_CGROUP);
    this.roots = [...new Set([this.#cpu, this.#cpuacct])];
  }

  async create(host: string): Promise<HostCgroup> {
    const group = this.#group(host);
    for (const folder of group.folders) await mkdir(folder, { recursive: true });
    await group.limit(undefined);
    return group;
  }

  existing(): Promise<readonly HostCgroup[]> {
    return groupsIn(this.roots, (host) => this.#group(host));
  }

  async remove(): Promise<void> {
    for (const root of this.roots) await removeFolder(root);
  }

  #group(host: string): HostCgroup {
    return new HostCgroup(host, { version: 1, cpu: join(this.#cpu, host), cpuacct: join(this.#cpuacct, host) });
  }
}

class UnifiedTree implements CgroupTree {
  readonly version = 2;
  readonly roots: readonly string[];
  readonly #root: string;

  constructor(private readonly mount: string) {
    this.#root = join(mount, LAB_CGROUP);
    this.roots = [this.#root];
  }

  async create(host: string): Promise<HostCgroup> {
    await mkdir(this.#root, { recursive: true });
    // a group has a controller only where every group above it passes it on
    for (const folder of [this.mount, this.#root]) await writeFile(join(folder, 'cgroup.subtree_control'), '+cpu');
    const group = this.#group(host);
    await mkdir(group.location.cpu, { recursive: true });
    await group.limit(undefined);
    return group;
  }

  existing(): Promise<readonly HostCgroup[]> {
    return groupsIn(this.roots, (host) => this.#group(host));
  }

  remove(): Promise<void> {
    return removeFolder(this.#root);
  }

  #group(host: string): HostCgroup {
    const folder = join(this.#root, host);
    return new HostCgroup(host, { version: 2, cpu: folder, cpuacct: folder });
  }
}

async function groupsIn(roots: readonly string[], group: (host: string) => HostCgroup): Promise<readonly HostCgroup[]> {
  const names = new Set<string>();
  for (const root of roots) {
    const entries = await readdir(root, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (entry.isDirectory()) names.add(entry.name);
  }
  return [...names].sort().map(group);
}

async function removeFolder(folder: string): Promise<void> {
  await rmdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw AttituneError.from(error, 'lab', `The cgroup ${folder} cannot be removed`);
  });
}
