import type { DomainStatistics, Hypervisor } from '../../core/model/hypervisor.js';
import type { MigrationQueue, MigrationTicket } from '../../core/model/migration-queue.js';

/** Memory that is left to the host itself, whatever it has free. */
const MARGIN_MIB = 64;

/** A host's memory, and what its domains were promised of it. */
export interface HostMemory {
  readonly totalMiB: number;
  readonly freeMiB: number;
  readonly domains: readonly Pick<DomainStatistics, 'name' | 'memoryMiB' | 'residentMiB'>[];
}

export async function hostMemory(hypervisor: Hypervisor): Promise<HostMemory> {
  const [memory, domains] = await Promise.all([hypervisor.nodeMemory(), hypervisor.statistics()]);
  return { ...memory, domains };
}

/** What is on its way to a host, or waits for that. */
export function arrivingAt(queue: MigrationQueue, host: string, but?: string): readonly MigrationTicket[] {
  return [...queue.running, ...queue.waiting].filter(({ to, domain }) => to === host && domain !== but);
}

/**
 * Memory that a host can still promise: of all that it has, what its domains were promised taken off, or of what is free
 * now, where that is less; in either case without what is promised to those `arriving`. One that is there in part already
 * counts once.
 */
export function memoryRoomMiB(memory: HostMemory, arriving: readonly MigrationTicket[]): number {
  const { totalMiB, freeMiB, domains } = memory;
  const names = new Set(arriving.map(({ domain }) => domain));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const settled = domains.filter(({ name }) => !names.has(name));
  const inPart = domains.filter(({ name }) => names.has(name));
  const unpromised = totalMiB - sum(settled.map(({ memoryMiB }) => memoryMiB));
  const free = freeMiB + sum(inPart.map(({ residentMiB }) => residentMiB ?? 0)) - MARGIN_MIB;
  return Math.floor(Math.min(unpromised, free) - sum(arriving.map(({ memoryMiB }) => memoryMiB)));
}
