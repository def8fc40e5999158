import { AttituneError } from '../../core/model/errors.js';
import type { CgroupLocation } from '../../core/model/infrastructure.js';

/**
 * The files of Linux control groups, as text. Sources: `Documentation/admin-guide/cgroup-v1/{cpuacct,memory}.rst`,
 * `Documentation/scheduler/sched-bwc.rst` and `Documentation/admin-guide/cgroup-v2.rst` of the kernel.
 */
export interface CgroupCpu {
  readonly busySeconds: number;
  /** CPUs that the quota allows; `undefined` without a quota. */
  readonly quotaCpus: number | undefined;
}

export interface CgroupMemory {
  readonly usedMiB: number;
  /** `undefined` without a limit. */
  readonly limitMiB: number | undefined;
}

/** Which files of a cgroup tell what, and how their texts are read; the parser gets the texts in the order of the files. */
interface CgroupFormat<Result> {
  readonly files: (location: CgroupLocation) => readonly string[];
  readonly parse: (texts: readonly string[]) => Result;
}

const NS_PER_SECOND = 1e9;
const US_PER_SECOND = 1e6;
const BYTES_PER_MIB = 1024 * 1024;

/** v1 shows "no limit" as the largest multiple of a page below 2^63; anything of that order is none. */
const V1_UNLIMITED = 2 ** 62;

export const CGROUP_CPU: Readonly<Record<1 | 2, CgroupFormat<CgroupCpu>>> = {
  1: {
    files: ({ cpu, cpuacct }) => [`${cpuacct}/cpuacct.usage`, `${cpu}/cpu.cfs_quota_us`, `${cpu}/cpu.cfs_period_us`],
    parse: ([usage = '', quota = '', period = '']) => {
      const quotaUs = integer('cpu.cfs_quota_us', quota);
      return {
        busySeconds: integer('cpuacct.usage', usage) / NS_PER_SECOND,
        quotaCpus: quotaUs < 0 ? undefined : quotaUs / integer('cpu.cfs_period_us', period),
      };
    },
  },
  2: {
    files: ({ cpu }) => [`${cpu}/cpu.stat`, `${cpu}/cpu.max`],
    parse: ([stat = '', max = '']) => {
      const [quota = '', period = ''] = max.trim().split(/\s+/);
      return {
        busySeconds: keyed('cpu.stat', stat, 'usage_usec') / US_PER_SECOND,
        quotaCpus: quota === 'max' ? undefined : integer('cpu.max', quota) / integer('cpu.max', period),
      };
    },
  },
};

/** Used is what cannot be reclaimed at once: page cache that was not used lately is left out. */
export const CGROUP_MEMORY: Readonly<Record<1 | 2, CgroupFormat<CgroupMemory>>> = {
  1: {
    files: ({ memory }) => [
      `${memory}/memory.usage_in_bytes`,
      `${memory}/memory.limit_in_bytes`,
      `${memory}/memory.stat`,
    ],
    parse: ([usage = '', limit = '', stat = '']) => {
      const limitBytes = integer('memory.limit_in_bytes', limit);
      const inactive = keyed('memory.stat', stat, 'total_inactive_file');
      return memory(
        integer('memory.usage_in_bytes', usage),
        inactive,
        limitBytes >= V1_UNLIMITED ? undefined : limitBytes,
      );
    },
  },
  2: {
    files: ({ memory }) => [`${memory}/memory.current`, `${memory}/memory.max`, `${memory}/memory.stat`],
    parse: ([current = '', max = '', stat = '']) => {
      const inactive = keyed('memory.stat', stat, 'inactive_file');
      return memory(
        integer('memory.current', current),
        inactive,
        max.trim() === 'max' ? undefined : integer('memory.max', max),
      );
    },
  },
};

function memory(usedBytes: number, inactiveBytes: number, limitBytes: number | undefined): CgroupMemory {
  return {
    usedMiB: Math.max(0, usedBytes - inactiveBytes) / BYTES_PER_MIB,
    limitMiB: limitBytes === undefined ? undefined : limitBytes / BYTES_PER_MIB,
  };
}

/** A file of one integer. */
function integer(file: string, text: string): number {
  const trimmed = text.trim();
  if (!/^-?\d+$/.test(trimmed)) throw unreadable(file, text);
  return Number(trimmed);
}

/** One value of a flat keyed file: lines of `key value`. */
function keyed(file: string, text: string, key: string): number {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${key} `));
  if (line === undefined) throw unreadable(file, text);
  return integer(file, line.slice(key.length));
}

function unreadable(file: string, text: string): AttituneError {
  const shown = text.trim().slice(0, 60) || 'nothing';
  return new AttituneError(
    'protocol',
    `The cgroup's file ${file} holds "${shown}", which is not what the kernel writes there.`,
  );
}
