/**
 * The machines of the benchmark: two servers of SPECpower's list and four sizes of VMs, as in Beloglazov & Buyya,
 * "Optimal online deterministic algorithms and adaptive heuristics …", CCPE 24(13), 2012, section 6.1.
 */

export interface HostType {
  readonly name: string;
  readonly cores: number;
  readonly mipsPerCore: number;
  readonly memoryMB: number;
  /** Watts at 0, 10 … 100 % of CPU, linear in between. A host that does nothing is off and draws none. */
  readonly watts: readonly number[];
}

export interface VmType {
  /** Of its one virtual CPU. */
  readonly mips: number;
  readonly memoryMB: number;
}

export const G4: HostType = {
  name: 'HP ProLiant ML110 G4',
  cores: 2,
  mipsPerCore: 1860,
  memoryMB: 4096,
  watts: [86, 89.4, 92.6, 96, 99.5, 102, 106, 108, 112, 114, 117],
};

export const G5: HostType = {
  name: 'HP ProLiant ML110 G5',
  cores: 2,
  mipsPerCore: 2660,
  memoryMB: 4096,
  watts: [93.7, 97, 101, 105, 110, 116, 121, 125, 129, 133, 135],
};

export const VM_TYPES: readonly VmType[] = [
  { mips: 2500, memoryMB: 870 },
  { mips: 2000, memoryMB: 1740 },
  { mips: 1000, memoryMB: 1740 },
  { mips: 500, memoryMB: 613 },
];

/** What there is to place VMs on, and the VMs. */
export interface Hardware {
  readonly hosts: readonly HostType[];
  /** The type of each VM, in the order of their traces. */
  readonly vms: readonly VmType[];
}

/** The benchmark's: 800 hosts, G4 and G5 in turn; the VMs in four equal parts, by the order of their traces. */
export function planetLabHardware(vms: number, hosts = 800): Hardware {
  const part = Math.ceil(vms / VM_TYPES.length);
  return {
    hosts: Array.from({ length: hosts }, (_, host) => (host % 2 === 0 ? G4 : G5)),
    vms: Array.from({ length: vms }, (_, vm) => VM_TYPES[Math.floor(vm / part)]!),
  };
}

/** MB/s of a migration: half of a link of 1 Gbit/s, whatever else goes on. */
export const MIGRATION_MB_PER_SECOND = 62.5;

/**
 * Watts at a use of CPU in [0, 1]. On a straight piece of the curve hosts differ in the last digits only, and those decide
 * between them: so the order of the arithmetic is that of the published figures.
 */
export function wattsAt(watts: readonly number[], use: number): number {
  const below = Math.floor(use * 10);
  const above = Math.ceil(use * 10);
  const perPercent = (watts[above]! - watts[below]!) / 10;
  return watts[below]! + perPercent * (use - below / 10) * 100;
}
