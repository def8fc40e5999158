import type { ClusterNetwork, ClusterVm } from '../cluster.js';

/** What a live migration is predicted to take. */
export interface MigrationCost {
  /** Rounds of copying before the guest is stopped. */
  readonly rounds: number;
  readonly copiedMiB: number;
  readonly totalMs: number;
  /** How long the guest stands still. */
  readonly downtimeMs: number;
  /** False: it writes faster than can be copied, so that the last round copies all that it writes to. */
  readonly converges: boolean;
  /** CPU time that it costs, in CPU-seconds: what the guest loses, and what copying takes on both hosts. */
  readonly cpuSeconds: number;
}

export interface MigrationCostOptions {
  /** The hypervisor stops the guest once the rest can be copied in this time. Default: 300 ms, as in QEMU. */
  readonly maxDowntimeMs?: number;
  /** Rounds after which it stops the guest anyhow. Default: 30, as Xen does. */
  readonly maxRounds?: number;
  /** From the last byte to the guest running again. Default: 20 ms. */
  readonly resumeMs?: number;
  /** Fraction of its CPU that a guest loses while it is copied. Default: 0.1 (Beloglazov & Buyya 2012). */
  readonly slowdown?: number;
  /** CPUs that copying 1 Gbit/s takes on each of the two hosts. Default: 0.3. */
  readonly cpusPerGbit?: number;
  /** Memory writes that are assumed of a VM of which they are not known, in MiB/s for each CPU it uses. Default: 20. */
  readonly dirtyPerCpu?: number;
}

/** Mbit/s in MiB/s. */
const MIB_PER_MBIT = 1e6 / 8 / 1048576;

/**
 * The pre-copy model of Akoush et al. (MASCOTS 2010) in the closed form of Liu et al. (HPDC 2011): with memory M, copying at
 * R and writing at D, λ = D/R, round i copies M·λ^i; it ends after n = ⌈log_λ(R·downtime / M)⌉ rounds, having copied
 * M·(1 − λ^(n+1)) / (1 − λ). Strunk (2012) compares it with others. Where λ ≥ 1 it never ends by itself, and the guest is
 * stopped after the rounds that are allowed. Compression and pages that are all zero are left out: the prediction is high.
 */
export function migrationCost(
  vm: Pick<ClusterVm, 'memoryMiB' | 'dirtyMiBPerSecond' | 'cpuUsed'>,
  network?: Pick<ClusterNetwork, 'migrationMbitPerSecond'>,
  options: MigrationCostOptions = {},
): MigrationCost {
  const {
    maxDowntimeMs = 300,
    maxRounds = 30,
    resumeMs = 20,
    slowdown = 0.1,
    cpusPerGbit = 0.3,
    dirtyPerCpu = 20,
  } = options;
  const mbit = network?.migrationMbitPerSecond ?? 1000;
  const rate = mbit * MIB_PER_MBIT;
  const cpu = vm.cpuUsed ?? 0;
  const ratio = (vm.dirtyMiBPerSecond ?? dirtyPerCpu * cpu) / rate;
  const stopAt = (rate * maxDowntimeMs) / 1000;
  const converges = ratio < 1;
  let rest = vm.memoryMiB;
  let copied = 0;
  let rounds = 0;
  while (rest > stopAt && rounds < maxRounds) {
    copied += rest;
    // it can't write to more memory than it has
    rest = Math.min(vm.memoryMiB, rest * ratio);
    rounds += 1;
  }
  copied += rest;
  const downtimeMs = (rest / rate) * 1000 + resumeMs;
  const totalMs = (copied / rate) * 1000 + resumeMs;
  const lost = cpu * (downtimeMs / 1000 + slowdown * Math.max(0, (totalMs - downtimeMs) / 1000));
  const copying = 2 * cpusPerGbit * (mbit / 1000) * (totalMs / 1000);
  return { rounds, copiedMiB: copied, totalMs, downtimeMs, converges, cpuSeconds: lost + copying };
}

/** A cost as CPUs over the time that what is gained by it lasts: to be weighed against CPUs that are gained all that time. */
export function costInCpus({ cpuSeconds }: MigrationCost, horizonMs: number): number {
  return horizonMs > 0 ? cpuSeconds / (horizonMs / 1000) : Infinity;
}
