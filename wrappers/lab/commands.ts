import { rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { SystemClock } from '../../core/model/clock.js';
import { findCgroupTree } from './host/cgroup.js';
import { labPaths } from './lab-paths.js';
import { Lab, requireRoot } from './lab.js';
import { LabLock } from './life/lab-lock.js';
import { tearDown } from './life/teardown.js';
import { MachinePrograms } from '../machine/programs.js';

/** What `attitune lab up` asks for. */
export interface LabUpOptions {
  /** Default `host1`, `host2`. */
  readonly hosts?: readonly string[];
  /** Default `debian`. */
  readonly images?: readonly string[];
  /** CPUs of each host. Default 0.8; `null`: no limit. */
  readonly cpuLimit?: number | null;
  readonly signal?: AbortSignal;
  readonly onProgress: (step: string, fraction?: number) => void;
}

export interface LabUpReport {
  readonly hosts: readonly {
    readonly name: string;
    readonly address: string;
    readonly uri: string;
    readonly namespace: string;
  }[];
  readonly subnet: string;
  readonly managerAddress: string;
  readonly acceleration: 'kvm' | 'tcg';
  readonly accelerationReason: string;
  readonly elapsedMs: number;
}

/** Brings a lab up that stays when this process ends, until {@link labDown}. Rejects as `Lab.up` does. */
export async function labUp(options: LabUpOptions): Promise<LabUpReport> {
  const started = Date.now();
  const { hosts = ['host1', 'host2'], images = ['debian'], cpuLimit, onProgress } = options;
  const signal = options.signal ?? new AbortController().signal;
  const lab = await Lab.up({ hosts, images, cpuLimit: cpuLimit ?? undefined }, { signal, onProgress });
  if (cpuLimit !== null) await lab.limitCpus(true);
  await lab.keep();
  return {
    hosts: lab.plan.hosts.map(({ name, address, uri, namespace }) => ({ name, address, uri, namespace })),
    subnet: lab.plan.subnet.text,
    managerAddress: lab.plan.managerAddress,
    acceleration: lab.acceleration.kind,
    accelerationReason: lab.acceleration.reason,
    elapsedMs: Date.now() - started,
  };
}

/**
 * Takes down whatever is left of a lab; idempotent. Rejects with `lab-busy` while a living process runs one: end that
 * process (it takes its lab down itself).
 */
export async function labDown(onProgress: (step: string, fraction?: number) => void = () => undefined): Promise<void> {
  requireRoot();
  const clock = new SystemClock();
  const paths = labPaths();
  const lock = new LabLock(paths.run, clock);
  const { owner } = await lock.take('down', { evenKept: true });
  try {
    onProgress('lab: taking down', 0);
    await tearDown({ programs: new MachinePrograms(), paths, cgroups: findCgroupTree(), clock });
    await rm(join(paths.run, 'reaper.log'), { force: true });
    onProgress('lab: down', 1);
  } finally {
    await lock.release(owner.token);
  }
}

/** Free space in MiB where that path is, or would be. */
export async function freeMiB(path: string): Promise<number> {
  for (let folder = path; ; folder = folder.slice(0, folder.lastIndexOf('/')) || '/') {
    try {
      const { bavail, bsize } = await statfs(folder);
      return Math.floor((bavail * bsize) / 2 ** 20);
    } catch (error) {
      if (folder === '/') throw error;
    }
  }
}
