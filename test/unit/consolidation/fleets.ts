import { Fleet } from '../../../core/consolidation/fleet.js';
import { G4, G5, type HostType, type VmType } from '../../../core/consolidation/hardware.js';
import { Meter } from '../../../core/consolidation/meter.js';

export const LARGE: VmType = { mips: 2500, memoryMB: 870 };
export const MEDIUM: VmType = { mips: 2000, memoryMB: 1740 };
export const SMALL: VmType = { mips: 1000, memoryMB: 1740 };
export const MICRO: VmType = { mips: 500, memoryMB: 613 };

export interface Placed {
  readonly type: VmType;
  readonly on: number;
  /** Its demand, as a part of its speed. */
  readonly asks: number;
}

export interface SmallFleet {
  readonly fleet: Fleet;
  readonly meter: Meter;
}

/** A few hosts and VMs; they share CPU at 100 s for the first time. */
export function smallFleet(hosts: readonly HostType[], vms: readonly Placed[]): SmallFleet {
  const meter = new Meter(hosts.length, vms.length);
  const fleet = new Fleet({ hosts, vms: vms.map(({ type }) => type) }, meter);
  for (const [vm, { on, asks }] of vms.entries()) {
    fleet.place(vm, on);
    fleet.fraction[vm] = asks;
  }
  fleet.share(100);
  return { fleet, meter };
}

/** The same demand at so many decisions. */
export function rememberTimes(fleet: Fleet, times: number): void {
  for (let time = 0; time < times; time += 1) fleet.remember();
}

export { G4, G5 };
