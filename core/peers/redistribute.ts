import { CPU_WEIGHTS } from '../model/cpu-weight.js';
import type { PeerVm } from '../model/peer.js';

/** A VM of a host, with what it may get. */
export interface Sharer extends Omit<PeerVm, 'load'> {
  readonly uuid: string;
  /** CPUs that it used. */
  readonly cpus: number;
  /** CPUs that it would use if it got all that it wants. */
  readonly wants: number;
  readonly maxVcpus: number;
  /** What was set before; absent: not known. */
  readonly weight?: number;
}

/** One change that relieves a host locally. */
export type LocalChange =
  | { readonly kind: 'weight'; readonly vm: string; readonly from?: number; readonly to: number }
  | { readonly kind: 'vcpus'; readonly vm: string; readonly from: number; readonly to: number };

/** A host is short of CPU from this part of its capacity on, and a VM of its own from this part of its vCPUs. */
const SHORT = 0.9;
/** A VM gives a virtual CPU back where it uses less than this part of what it would keep. */
const SPARE = 0.5;
/** A weight that differs by less is left as it is, lest each reading changes it. */
const WORTH = 0.25;

/**
 * The first level (VIOLIN's local adaptation): what the VMs of a host get of it is shared out anew, without moving any.
 * Where the host has CPU left, a VM that uses all its virtual CPUs gets one more, up to its maximum. Where it has none
 * left, virtual CPUs that nobody uses are given back, and weights follow what each VM wants: who wants twice as much gets
 * twice the time. One step at a time; the next is decided on what came of it.
 */
export function redistribute(vms: readonly Sharer[], capacity: number): readonly LocalChange[] {
  const used = vms.reduce((sum, { cpus }) => sum + cpus, 0);
  if (used < SHORT * capacity) return growing(vms, capacity - used);
  return [...shrinking(vms), ...weighing(vms)];
}

function growing(vms: readonly Sharer[], spare: number): readonly LocalChange[] {
  let left = spare;
  return vms.flatMap(({ name, vcpus, maxVcpus, cpus }): LocalChange[] => {
    if (vcpus >= maxVcpus || cpus < SHORT * vcpus || left < 1) return [];
    left -= 1;
    return [{ kind: 'vcpus', vm: name, from: vcpus, to: vcpus + 1 }];
  });
}

function shrinking(vms: readonly Sharer[]): readonly LocalChange[] {
  return vms
    .filter(({ vcpus, wants }) => vcpus > 1 && wants < SPARE * (vcpus - 1))
    .map(({ name, vcpus }) => ({ kind: 'vcpus', vm: name, from: vcpus, to: vcpus - 1 }));
}

function weighing(vms: readonly Sharer[]): readonly LocalChange[] {
  if (vms.length < 2) return [];
  const mean = vms.reduce((sum, { wants }) => sum + wants, 0) / vms.length;
  const wanted = vms.map((vm) => ({
    vm,
    to: mean > 0 ? weight((CPU_WEIGHTS.usual * vm.wants) / mean) : CPU_WEIGHTS.usual,
  }));
  const differs = wanted.some(({ vm, to }) => Math.abs(to - (vm.weight ?? CPU_WEIGHTS.usual)) > WORTH * to);
  // all or none: a weight counts beside the others only
  if (!differs) return [];
  return wanted
    .filter(({ vm, to }) => vm.weight !== to)
    .map(({ vm, to }) => ({
      kind: 'weight',
      vm: vm.name,
      to,
      ...(vm.weight === undefined ? {} : { from: vm.weight }),
    }));
}

function weight(value: number): number {
  return Math.min(CPU_WEIGHTS.most, Math.max(CPU_WEIGHTS.least, Math.round(value)));
}
