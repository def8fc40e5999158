import type { Component } from '../../model/component.js';
import type { HostAccess } from '../../model/infrastructure.js';
import { parseMemoryMiB } from '../../model/quantity.js';
import type { ClusterHost } from '../../placement/cluster.js';

/** The attribute of a host that takes no VMs for a while, and its value: `evacuate` sets it, `reopen` takes it back. */
export const MAINTENANCE = { attribute: 'maintenance', value: 'yes' } as const;

/** What a host tells when it is asked, and does not change. */
export interface LearntHost {
  readonly memoryMiB: number;
  readonly cpus: number;
  /** Memory that its own system used when it was asked. */
  readonly ownMiB: number;
}

/**
 * A host for the planner. `rate` is its CPU as a fraction, absent where there is no fresh reading. Of its attributes,
 * `memoryReserved` is what its own system needs (what it used when it was asked, unless told), `overcommitVcpus` and `overcommitMemory` how much more may be promised
 * than there is, and `cpuModels` (with spaces) what its hypervisor can run.
 */
export function hostFacts(
  access: HostAccess,
  component: Component,
  learnt: LearntHost | undefined,
  rate: number | undefined,
): ClusterHost {
  const { attributes } = component;
  const capacity = access.cpuCapacity();
  const closed = closedBy(component, learnt);
  const told = attributes.get('memoryReserved');
  const reservedMiB = told === undefined ? learnt?.ownMiB : parseMemoryMiB(told);
  const overcommit = {
    ...positive('vcpus', attributes.get('overcommitVcpus')),
    ...positive('memory', attributes.get('overcommitMemory')),
  };
  const models = (attributes.get('cpuModels') ?? '').split(/\s+/).filter((model) => model !== '');
  return {
    name: access.name,
    family: component.className,
    cpuCapacity: capacity,
    ...(learnt ? { cpus: learnt.cpus } : {}),
    ...(rate === undefined ? {} : { cpuUsed: rate * capacity }),
    memoryMiB: learnt?.memoryMiB ?? 0,
    ...(reservedMiB === undefined || reservedMiB === 0 ? {} : { memoryReservedMiB: reservedMiB }),
    ...(Object.keys(overcommit).length === 0 ? {} : { overcommit }),
    accepting: closed === undefined,
    ...(closed === undefined ? {} : { closed }),
    software: [...component.content]
      .filter(({ kind, lifeCycle }) => kind === 'software' && lifeCycle.state !== 'stopped')
      .map(({ name }) => name),
    ...(models.length === 0 ? {} : { cpuModels: models }),
  };
}

/** Why a host takes no VMs, or `undefined`. */
function closedBy(host: Component, learnt: LearntHost | undefined): string | undefined {
  if (host.attributes.get(MAINTENANCE.attribute) === MAINTENANCE.value) return 'it is in maintenance';
  if (host.lifeCycle.state !== 'started') return host.lifeCycle.failure ?? `it is ${host.lifeCycle.state}`;
  return learnt === undefined ? 'its memory is not known' : undefined;
}

function positive<Name extends string>(name: Name, text: string | undefined): Partial<Record<Name, number>> {
  const value = Number(text);
  return text !== undefined && Number.isFinite(value) && value > 0 ? ({ [name]: value } as Record<Name, number>) : {};
}
