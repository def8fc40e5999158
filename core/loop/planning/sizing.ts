import type { Component } from '../../model/component.js';
import { AttituneError } from '../../model/errors.js';
import { parseInteger, parseMemoryMiB } from '../../model/quantity.js';
import { resizedMemoryMiB, resizedVcpus } from '../../model/resize.js';
import type { Plan } from '../../placement/cluster.js';
import { restingSince } from './scaling.js';

/** The size that is wanted of a VM: as such, or as a change; empty for what stays as it is. */
export interface WantedSize {
  readonly memory: string;
  readonly vcpus: string;
}

/** Throws `value` for a component that is no VM, and for a size that is none. */
export function wantedSize(vm: Component, { memory, vcpus }: WantedSize) {
  if (vm.kind !== 'vm')
    throw new AttituneError(
      'value',
      `${vm.name} is no virtual machine, and only those have a size that can be changed.`,
    );
  const text = (name: string) => vm.attributes.get(name) ?? '';
  const now = { memoryMiB: parseMemoryMiB(text('memory') || '0 MiB'), vcpus: parseInteger(text('vcpus') || '1') };
  const maximum = {
    memoryMiB: Math.max(now.memoryMiB, text('maxMemory') === '' ? 0 : parseMemoryMiB(text('maxMemory'))),
    vcpus: Math.max(now.vcpus, text('maxVcpus') === '' ? 0 : parseInteger(text('maxVcpus'))),
  };
  const wanted = {
    memoryMiB: memory === '' ? now.memoryMiB : resizedMemoryMiB(memory, now.memoryMiB),
    vcpus: vcpus === '' ? now.vcpus : resizedVcpus(vcpus, now.vcpus),
  };
  return { now, maximum, wanted };
}

/** What a VM is to have after a change, at most its maximum; not within the cool-down. The answer `scale` carries it. */
export function planSize(
  vm: Component,
  size: WantedSize,
  limits: { readonly at: number; readonly coolDownMs: number },
): Plan {
  const goal = `size of ${vm.name}`;
  const none = { goal, answer: 'nothing-to-do', moves: [], rejected: [] } as const;
  const { now, maximum, wanted } = wantedSize(vm, size);
  const since = restingSince([vm], limits);
  if (since !== undefined) return { ...none, why: since };
  const target = {
    memoryMiB: Math.min(wanted.memoryMiB, maximum.memoryMiB),
    vcpus: Math.min(wanted.vcpus, maximum.vcpus),
  };
  const changes = [
    ...(target.memoryMiB === now.memoryMiB ? [] : [`memory from ${now.memoryMiB} to ${target.memoryMiB} MiB`]),
    ...(target.vcpus === now.vcpus ? [] : [`virtual CPUs from ${now.vcpus} to ${target.vcpus}`]),
  ];
  if (changes.length === 0) {
    const atMost = wanted.memoryMiB > now.memoryMiB || wanted.vcpus > now.vcpus;
    const has = `it has ${now.memoryMiB} MiB and ${now.vcpus} virtual ${now.vcpus === 1 ? 'CPU' : 'CPUs'}`;
    return { ...none, why: atMost ? `${has}, which is its maximum` : `${has} already` };
  }
  const limited = target.memoryMiB < wanted.memoryMiB || target.vcpus < wanted.vcpus ? ', its maximum' : '';
  const why = `${changes.join(', ')} was asked for${limited}`;
  const told = { memory: `${target.memoryMiB} MiB`, vcpus: String(target.vcpus) };
  return { goal, answer: 'scale', moves: [], rejected: [], component: vm.name, ...told, why };
}
