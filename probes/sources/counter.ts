/** A cumulative counter of CPU time at one moment; a rate is the difference of two. */
export interface CpuCounter {
  /** Whose counter it is: a domain on a host, a host's cgroup … Counters of different sources cannot be compared. */
  readonly source: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly busySeconds: number;
  /** CPUs that can be used. */
  readonly capacity: number;
  /** Busy and idle time together, where the source counts it itself: then no clock is needed. */
  readonly totalSeconds?: number;
}

/**
 * The share of its CPUs that was used between two readings of a counter, in [0, 1]. `undefined` where the two do not
 * tell: another source or capacity (a VM was migrated, a quota changed), a counter that restarted, no time between.
 * Helper threads of a hypervisor and the ends of a quota's period can push a short interval slightly over the capacity:
 * that counts as all of it.
 */
export function rateBetween(former: CpuCounter | undefined, latter: CpuCounter): number | undefined {
  if (!former || former.source !== latter.source || former.capacity !== latter.capacity) return undefined;
  const used = latter.busySeconds - former.busySeconds;
  const available =
    former.totalSeconds !== undefined && latter.totalSeconds !== undefined
      ? latter.totalSeconds - former.totalSeconds
      : ((latter.at - former.at) / 1000) * latter.capacity;
  if (!(used >= 0) || !(available > 0)) return undefined;
  return Math.min(1, used / available);
}
