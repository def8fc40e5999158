/** The host itself: what it is and how busy its processors are. */
import type { HostCapabilities } from '../../core/model/hypervisor.js';
import { readCapabilities } from './capabilities.js';
import {
  VIR_NODE_CPU_STATS_ALL_CPUS,
  VIR_NODE_MEMORY_STATS_ALL_CELLS,
  VIR_NODE_MEMORY_STATS_TOTAL,
  virErrorNumber,
} from './constants.js';
import { libvirtCode } from './errors.js';
import type { RpcConnection } from './rpc/connection.js';
import { remoteProcedures } from './rpc/procedures.js';

/** libvirt writes a version as one number: 9000000 is 9.0.0. */
export function formatVersion(version: bigint): string {
  return `${version / 1_000_000n}.${(version / 1000n) % 1000n}.${version % 1000n}`;
}

export async function nodeCapabilities(connection: RpcConnection): Promise<HostCapabilities> {
  const [{ capabilities }, info, { type }, hypervisor, library] = await Promise.all([
    connection.call(remoteProcedures.connectGetCapabilities, undefined),
    connection.call(remoteProcedures.nodeGetInfo, undefined),
    connection.call(remoteProcedures.connectGetType, undefined),
    connection.call(remoteProcedures.connectGetVersion, undefined),
    connection.call(remoteProcedures.connectGetLibVersion, undefined),
  ]);
  return {
    ...readCapabilities(capabilities),
    cpus: info.cpus,
    memoryMiB: Math.floor(
      ((await memoryStatistics(connection))?.get(VIR_NODE_MEMORY_STATS_TOTAL) ?? Number(info.memory)) / 1024,
    ),
    version: `${type} ${formatVersion(hypervisor.version)} / libvirt ${formatVersion(library.version)}`,
  };
}

/** What the kernel gives back at once, in KiB: what is free, and what it only keeps because nobody else wants it. */
const AVAILABLE = ['free', 'buffers', 'cached'];

/** See `Hypervisor.nodeMemory`. */
export async function nodeMemory(
  connection: RpcConnection,
): Promise<{ readonly totalMiB: number; readonly freeMiB: number }> {
  const fields = await memoryStatistics(connection);
  const total = fields?.get(VIR_NODE_MEMORY_STATS_TOTAL);
  if (!fields || total === undefined) {
    const [{ memory }, { freeMem }] = await Promise.all([
      connection.call(remoteProcedures.nodeGetInfo, undefined),
      connection.call(remoteProcedures.nodeGetFreeMemory, undefined),
    ]);
    return { totalMiB: Math.floor(Number(memory) / 1024), freeMiB: Math.floor(Number(freeMem) / 1024 ** 2) };
  }
  const free = AVAILABLE.reduce((sum, field) => sum + (fields.get(field) ?? 0), 0);
  return { totalMiB: Math.floor(total / 1024), freeMiB: Math.floor(free / 1024) };
}

/**
 * The memory of the host in KiB, by fields. The node's own info adds up its NUMA cells, which on some virtual machines
 * know only a part of it; not every driver has these statistics.
 */
async function memoryStatistics(connection: RpcConnection): Promise<ReadonlyMap<string, number> | undefined> {
  const args = { nparams: 0, cellNum: VIR_NODE_MEMORY_STATS_ALL_CELLS, flags: 0 };
  try {
    const { nparams } = await connection.call(remoteProcedures.nodeGetMemoryStats, args);
    const { params } = await connection.call(remoteProcedures.nodeGetMemoryStats, { ...args, nparams });
    return new Map(params.map(({ field, value }) => [field, Number(value)]));
  } catch (error) {
    if (libvirtCode(error) === virErrorNumber.VIR_ERR_NO_SUPPORT) return undefined;
    throw error;
  }
}

/** Fields of the CPU statistics in which the processors did not work. */
const IDLE = new Set(['idle', 'iowait']);
/** Not a time but a percentage. */
const UTILIZATION = 'utilization';

/** How many fields the CPU statistics of this host have; it does not change while the daemon runs. */
export async function nodeCpuFieldCount(connection: RpcConnection): Promise<number> {
  const args = { cpuNum: VIR_NODE_CPU_STATS_ALL_CPUS, nparams: 0, flags: 0 };
  return (await connection.call(remoteProcedures.nodeGetCPUStats, args)).nparams;
}

/** Cumulative CPU time of all processors together; libvirt counts nanoseconds. */
export async function nodeCpuSeconds(
  connection: RpcConnection,
  fieldCount: number,
): Promise<{ readonly busySeconds: number; readonly totalSeconds: number }> {
  const args = { cpuNum: VIR_NODE_CPU_STATS_ALL_CPUS, nparams: fieldCount, flags: 0 };
  const { params } = await connection.call(remoteProcedures.nodeGetCPUStats, args);
  let busy = 0n;
  let total = 0n;
  for (const { field, value } of params) {
    if (field === UTILIZATION) continue;
    total += value;
    if (!IDLE.has(field)) busy += value;
  }
  return { busySeconds: Number(busy) / 1e9, totalSeconds: Number(total) / 1e9 };
}
