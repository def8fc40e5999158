/**
 * What a decision of consolidation looks at, as numbers: hosts and VMs are indexes into these arrays. CPU is in any one
 * unit (MIPS, CPUs), memory in any one unit, power in watts. Nothing here is about where the numbers come from.
 */
export interface ConsolidationView {
  /** CPU of each host. */
  readonly capacity: Float64Array;
  /** The most that one VM can get there, such as a core's speed for VMs of one virtual CPU; Infinity where nothing says so. */
  readonly vmLimit: Float64Array;
  /** Memory that may be promised to VMs; Infinity where memory is no limit. */
  readonly memoryLimit: Float64Array;
  /** Watts at equal steps of use from 0 to 100 %, linear in between, of each host. */
  readonly power: readonly (readonly number[])[];
  /** 1: takes VMs, and may be woken where it is off. */
  readonly accepting: Uint8Array;
  /** 1: it is on. */
  readonly on: Uint8Array;
  /** Host of each VM; -1: none, so that it is left out. */
  readonly hostOf: Int32Array;
  /** CPU that each VM asks for now. */
  readonly demand: Float64Array;
  /** What it is expected to ask for, over some time, and how far from it that typically is: see `forecastDemand`. */
  readonly expected: Float64Array;
  readonly deviation: Float64Array;
  /** Memory of each VM: what a migration transfers. */
  readonly memory: Float64Array;
  /** 1: may be moved. */
  readonly movable: Uint8Array;
  /** Further rules of the place, asked for each candidate. Absent: none. */
  readonly allows?: (vm: number, host: number) => boolean;
}

/** When hosts are relieved, how full they may become, and when one is emptied; parts of a host's capacity. */
export interface ConsolidationSettings {
  /** A host is relieved when its VMs ask for more than this part of it, */
  readonly relieveAbove: number;
  /** until they ask for no more than this. */
  readonly relieveTo: number;
  /** What a host that takes VMs may be filled to, by what they ask for now. */
  readonly fillTo: number;
  /** By what they are expected to ask for, with this many deviations of their sum, it may be filled to the whole. */
  readonly deviations: number;
  /** Hosts are emptied while what is expected of all VMs is less than this part of those that stay. */
  readonly emptyBelow: number;
  /** A host is emptied only if its idle power over this many hours is worth more than the migrations. */
  readonly stayHours: number;
  /** What the migration of one unit of memory is worth, in watt-hours. */
  readonly moveWattHours: number;
}

/** A migration, and why. */
export interface ConsolidationMove {
  readonly vm: number;
  readonly to: number;
  readonly because: 'overload' | 'emptying';
}

export interface ConsolidationDecision {
  /** In the order in which they were decided; every state in between fits by memory. */
  readonly moves: readonly ConsolidationMove[];
  /** Hosts that are off and take VMs. */
  readonly wake: readonly number[];
  /** Hosts that are left without VMs and can be switched off. */
  readonly emptied: readonly number[];
}
