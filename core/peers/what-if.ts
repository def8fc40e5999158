import type { PeerReadings, PeerVm } from '../model/peer.js';

/** VMs that are thought to leave, or to come. */
export interface Change {
  readonly minus?: readonly PeerVm[];
  readonly plus?: readonly PeerVm[];
}

/**
 * The readings that a machine would have once loads have settled: a VM brings or takes its load, its memory and itself.
 * All three load averages are moved by the whole load, since it is what they come to.
 */
export function whatIf(readings: PeerReadings, { minus = [], plus = [] }: Change): PeerReadings {
  if (minus.length === 0 && plus.length === 0) return readings;
  const load = sum(plus, 'load') - sum(minus, 'load');
  const memory = sum(plus, 'memoryMiB') - sum(minus, 'memoryMiB');
  const { cpuLoadOne, cpuLoadFive, cpuLoadFifteen, actualFreeMemory, actualUsedMemory, totalVmMemory } = readings;
  return {
    cpuLoadOne: loadOf(cpuLoadOne, load),
    cpuLoadFive: loadOf(cpuLoadFive, load),
    cpuLoadFifteen: loadOf(cpuLoadFifteen, load),
    actualFreeMemory: actualFreeMemory - memory,
    actualUsedMemory: Math.max(0, actualUsedMemory + memory),
    totalVmMemory: Math.max(0, totalVmMemory + memory),
    localVmCount: Math.max(0, readings.localVmCount + plus.length - minus.length),
    cpus: readings.cpus,
  };
}

/** Sums of loads are rounded to what a load average is told with, so that the same state always looks the same. */
const LOAD_DIGITS = 1e6;

export function roundLoad(load: number): number {
  return Math.round(load * LOAD_DIGITS) / LOAD_DIGITS;
}

function loadOf(before: number, change: number): number {
  return Math.max(0, roundLoad(before + change));
}

function sum(vms: readonly PeerVm[], what: 'load' | 'memoryMiB'): number {
  return vms.reduce((total, vm) => total + vm[what], 0);
}
