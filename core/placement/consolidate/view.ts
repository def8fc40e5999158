/**
 * What a decision of consolidation looks at, as numbers: hosts and VMs are indexes into these arrays. CPU is in any one
 * unit (CPUs, MIPS), memory in any one unit, power in watts. Nothing here tells where the numbers come from.
 */
export interface ConsolidationView {
  /** CPU of each host that its VMs may use. */
  readonly capacity: Float64Array;
  /** The most that one VM can get there, such as a core's speed for VMs of one virtual CPU; Infinity where nothing says so. */
  readonly vmLimit: Float64Array;
  /** Memory that may be promised to VMs; Infinity where memory is no limit. */
  readonly memoryLimit: Float64Array;
  /** Of each host, watts at equal steps of use from 0 to 100 %, linear in between. Empty: not known, and taken as one watt. */
  readonly power: readonly (readonly number[])[];
  /** 1: takes VMs, and may be woken where it is off. */
  readonly accepting: Uint8Array;
  /** 1: may be left without VMs. */
  readonly mayEmpty: Uint8Array;
  /** 1: it is on. */
  readonly on: Uint8Array;
  /** Host of each VM; -1: none, so that it is left out. */
  readonly hostOf: Int32Array;
  /** CPU that each VM asks for now. */
  readonly demand: Float64Array;
  /** What it is expected to ask for over some time, and its standard deviation: see `forecastDemand`. */
  readonly expected: Float64Array;
  readonly deviation: Float64Array;
  /** Memory of each VM, which is also what a migration transfers. */
  readonly memory: Float64Array;
  /** 1: may be moved. */
  readonly movable: Uint8Array;
  /** What else a placement must keep. */
  readonly rules?: ConsolidationRules;
}

export interface ConsolidationRules {
  /** Asked for each candidate, so it costs next to nothing. */
  allows(vm: number, to: number): boolean;
  /** Called after each move, also when one is taken back. */
  moved(vm: number, from: number, to: number): void;
}

/** Parts are of a host's capacity. */
export interface ConsolidationSettings {
  /** A host is relieved when its VMs ask for more than this part of it, */
  readonly relieveAbove: number;
  /** until they ask for no more than this. */
  readonly relieveTo: number;
  /** What a host that takes VMs may be filled to, by what they ask for now. */
  readonly fillTo: number;
  /** It may be filled to the whole by what they are expected to ask for, with this many deviations of their sum. */
  readonly deviations: number;
  /** Hosts are emptied while what all VMs need is less than this part of the hosts that stay. */
  readonly emptyBelow: number;
  /** What the migration of a VM costs besides the VM's own CPU; with more of it, fewer and larger VMs are moved. */
  readonly moveOverhead: number;
  /** A host is emptied only if its idle power over this many hours is worth the migrations, */
  readonly stayHours: number;
  /** of which each unit of memory counts so many watt-hours. */
  readonly moveWattHours: number;
}

export interface ConsolidationMove {
  readonly vm: number;
  readonly from: number;
  readonly to: number;
  readonly because: 'overload' | 'emptying';
}

export interface ConsolidationDecision {
  /** No VM is moved twice. Memory fits in whatever order they are carried out, also all at once. */
  readonly moves: readonly ConsolidationMove[];
  /** Hosts that are off and take VMs. */
  readonly wake: readonly number[];
  /** Hosts that were on with VMs and are left without: they can be switched off. */
  readonly emptied: readonly number[];
  /** Hosts that stay overloaded, since nobody takes their VMs. */
  readonly overloaded: readonly number[];
}
