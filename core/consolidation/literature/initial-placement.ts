import type { Fleet } from '../fleet.js';
import type { Detector } from './detector.js';
import { Scratch } from './scratch.js';

/**
 * All VMs are created in the order of their traces, each on the host where its full speed adds least power; memory counts.
 * What is placed already asks for nothing yet, so `limit` (of the overload detection, as a part of a host's capacity) is
 * asked of the one VM only, on hosts that have others. To wake a host costs nothing here, so that the VMs are spread over all
 * hosts; consolidation begins with that.
 */
export function placeByPower(fleet: Fleet, limit: number): void {
  const detector: Detector = {
    begin() {
      // nothing is known yet
    },
    refresh() {
      // of no host
    },
    overloaded: () => false,
    overloadedWith: (host, vm) => fleet.mips[vm]! / fleet.capacity[host]! > limit,
  };
  const scratch = new Scratch(fleet, detector, { memory: true, wakeCost: false });
  const none = new Uint8Array(fleet.hosts);
  for (let vm = 0; vm < fleet.vms; vm += 1) {
    const host = scratch.bestHost(vm, fleet.mips[vm]!, none);
    if (host === undefined) continue;
    scratch.put(vm, host, fleet.mips[vm]!);
    fleet.place(vm, host);
  }
}

/** Each VM on the first host that has its full speed and memory free. */
export function placeFirstFit(fleet: Fleet): void {
  const free = Float64Array.from(fleet.capacity);
  const memory = Float64Array.from(fleet.hostMemory);
  for (let vm = 0; vm < fleet.vms; vm += 1) {
    const [mips, needs] = [fleet.mips[vm]!, fleet.memory[vm]!];
    const host = free.findIndex((room, of) => room >= mips && fleet.coreMips[of]! >= mips && memory[of]! >= needs);
    if (host < 0) continue;
    free[host]! -= mips;
    memory[host]! -= needs;
    fleet.place(vm, host);
  }
}
