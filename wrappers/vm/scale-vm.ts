import { AttituneError } from '../../core/model/errors.js';
import type { DomainDetails, DomainSize } from '../../core/model/hypervisor.js';
import type { HostAccess } from '../../core/model/infrastructure.js';
import type { MigrationQueue } from '../../core/model/migration-queue.js';
import { resizedMemoryMiB, resizedVcpus } from '../../core/model/resize.js';
import { arrivingAt, hostMemory, memoryRoomMiB } from './memory-room.js';

export interface VmScaling {
  readonly domain: string;
  readonly host: Pick<HostAccess, 'name' | 'hypervisor'>;
  /** `512 MiB`, or a change: `+128 MiB`, `-25 %`. */
  readonly memory?: string | undefined;
  /** `2`, or a change: `+1`, `+50 %`. */
  readonly vcpus?: string | undefined;
  /** What is on its way to the host has its memory there promised. */
  readonly queue: MigrationQueue;
}

export interface VmScalingResult {
  readonly former: DomainSize;
  /** As the hypervisor tells it afterwards. */
  readonly size: DomainSize;
  /** What it may grow to without being started anew. */
  readonly maximum: DomainSize;
  readonly changed: boolean;
}

/**
 * Changes memory and virtual CPUs of a domain within its maximum, at once where it runs, and verifies what the hypervisor
 * says then. Rejects with `value` for a size that is none or beyond the maximum, with `no-capacity` where the host has no
 * room for it (nothing was changed then), with `domain-state` where the hypervisor did not do what it said.
 */
export async function scaleVm(scaling: VmScaling): Promise<VmScalingResult> {
  const { domain, host, memory, vcpus } = scaling;
  if (memory === undefined && vcpus === undefined) {
    throw new AttituneError(
      'value',
      `Scaling ${domain} needs a size: memory, such as "+128 MiB", or vcpus, such as "2", or both.`,
    );
  }
  const { hypervisor } = host;
  const details = await hypervisor.describe(domain);
  const former = sizeOf(details);
  const maximum = maximumOf(details);
  const wanted: DomainSize = {
    memoryMiB: memory === undefined ? former.memoryMiB : resizedMemoryMiB(memory, former.memoryMiB),
    vcpus: vcpus === undefined ? former.vcpus : resizedVcpus(vcpus, former.vcpus),
  };
  mustBeWithin(domain, wanted, maximum);
  const change = {
    ...(wanted.memoryMiB !== former.memoryMiB && { memoryMiB: wanted.memoryMiB }),
    ...(wanted.vcpus !== former.vcpus && { vcpus: wanted.vcpus }),
  };
  if (Object.keys(change).length === 0) return { former, size: former, maximum, changed: false };
  await mustHaveRoom(scaling, former, wanted, details.state !== 'shutoff');
  const told = await hypervisor.scale(domain, change);
  const size = sizeOf(await hypervisor.describe(domain));
  if (size.vcpus !== wanted.vcpus || told.memoryMiB !== wanted.memoryMiB) {
    throw new AttituneError(
      'domain-state',
      `${domain} was to have ${tell(wanted)}, and ${host.name} says that it has ${tell({ ...size, memoryMiB: told.memoryMiB })}.`,
      { details: { former, size, wanted } },
    );
  }
  return { former, size: wanted, maximum, changed: true };
}

/** What the hypervisor says that a domain has. */
export function sizeOf({ description }: DomainDetails): DomainSize {
  return { memoryMiB: description.memoryMiB, vcpus: description.vcpus };
}

/** What a domain can be scaled to. */
export function maximumOf({ description }: DomainDetails): DomainSize {
  const { memoryMiB, maxMemoryMiB = memoryMiB, vcpus, maxVcpus = vcpus } = description;
  return { memoryMiB: Math.max(memoryMiB, maxMemoryMiB), vcpus: Math.max(vcpus, maxVcpus) };
}

function mustBeWithin(domain: string, wanted: DomainSize, maximum: DomainSize): void {
  const beyond = [
    ...(wanted.memoryMiB > maximum.memoryMiB ? [`${wanted.memoryMiB} MiB of at most ${maximum.memoryMiB} MiB`] : []),
    ...(wanted.vcpus > maximum.vcpus ? [`${wanted.vcpus} virtual CPUs of at most ${maximum.vcpus}`] : []),
  ];
  if (beyond.length === 0) return;
  throw new AttituneError(
    'value',
    `${domain} cannot have ${beyond.join(', nor ')}. Give it a higher maximum (maxMemory, maxVcpus), and start it anew.`,
    { details: { wanted, maximum } },
  );
}

async function mustHaveRoom(
  { domain, host, queue }: VmScaling,
  former: DomainSize,
  wanted: DomainSize,
  active: boolean,
): Promise<void> {
  const lacking: string[] = [];
  const more = wanted.memoryMiB - former.memoryMiB;
  // what does not run takes its memory when it starts
  if (more > 0 && active) {
    const room = memoryRoomMiB(await hostMemory(host.hypervisor), arrivingAt(queue, host.name, domain));
    if (more > room) lacking.push(`${host.name} has room for ${Math.max(0, room)} MiB more, and it needs ${more} MiB`);
  }
  if (wanted.vcpus > former.vcpus) {
    const { cpus } = await host.hypervisor.capabilities();
    if (wanted.vcpus > cpus) lacking.push(`${host.name} has ${cpus} CPUs, and it needs ${wanted.vcpus}`);
  }
  if (lacking.length === 0) return;
  throw new AttituneError(
    'no-capacity',
    `${domain} cannot grow to ${tell(wanted)}: ${lacking.join('; ')}. Migrate it to a host with room, or make room.`,
    { details: { host: host.name, former, wanted } },
  );
}

function tell({ memoryMiB, vcpus }: DomainSize): string {
  return `${memoryMiB} MiB and ${vcpus} virtual ${vcpus === 1 ? 'CPU' : 'CPUs'}`;
}
