import type { Cluster, Rejection } from './cluster.js';

/**
 * A cluster as numbers, for searches that weigh thousands of moves: hosts and VMs are indexes into these arrays.
 * Made by `compileProblem` from a checked cluster; it never changes. What changes is an {@link Assignment}.
 */
export interface Problem {
  readonly cluster: Cluster;
  readonly hosts: number;
  readonly vms: number;
  readonly hostIndex: ReadonlyMap<string, number>;
  readonly vmIndex: ReadonlyMap<string, number>;
  /** CPUs of each host, and what is used there by other things than the cluster's VMs. */
  readonly cpuCapacity: Float64Array;
  readonly cpuBase: Float64Array;
  /** CPUs that may be used at most, after limits and reserves: what a move must not exceed on its target. */
  readonly cpuLimit: Float64Array;
  /** MiB that may be promised to VMs, after overcommitment and reserves. */
  readonly memoryLimit: Float64Array;
  /** Virtual CPUs that may be promised; Infinity where nothing says so. */
  readonly vcpuLimit: Float64Array;
  /** 1: takes VMs. */
  readonly accepting: Uint8Array;
  /** CPUs of each VM that decisions count with (its percentile or prediction); NaN: not known, so that it does not move. */
  readonly cpu: Float64Array;
  readonly memory: Float64Array;
  readonly vcpus: Float64Array;
  /** 1: may be moved as far as it itself is concerned. */
  readonly movable: Uint8Array;
  /** Host of each VM at the beginning; -1: none. */
  readonly start: Int32Array;
}

/** Where each VM is, with the sums that follow from it. Moves change it in constant time. */
export interface Assignment {
  readonly problem: Problem;
  readonly hostOf: Int32Array;
  readonly cpuOn: Float64Array;
  readonly memoryOn: Float64Array;
  readonly vcpusOn: Float64Array;
  readonly countOn: Int32Array;
  /** The VMs of a host, in no order. */
  vmsOn(host: number): readonly number[];
  move(vm: number, to: number): void;
}

/**
 * A hard constraint, compiled for one assignment. `allows` is asked for every candidate, so it costs next to nothing;
 * `moved` is called after each move of a VM that it concerns, -1 standing for no host.
 *
 * `allows(vm, to)` of another host tells whether the move may be made as things are now. Of the host that the VM is on it
 * tells whether the VM may be there, so that a swap or a chain is tried by making all its moves, then asking `allows` for
 * each VM where it is, and taking the moves back where one says no. What a cluster breaks at the beginning may stay so or
 * be repaired; no move makes it worse.
 */
export interface HardRule {
  /** In words, as it stands in rejections and conflicts: `spread of Web`. */
  readonly text: string;
  /** The name under which a rejected candidate is told. */
  readonly rule: Rejection['rule'];
  /** VMs that it concerns; absent: all. */
  readonly concerns?: ReadonlySet<number>;
  allows(vm: number, to: number): boolean;
  /** Why not, in one sentence with the figures; only asked where `allows` says no. */
  why(vm: number, to: number): string;
  moved(vm: number, from: number, to: number): void;
}

/**
 * One term of what a search makes smaller, weighted. Terms of one search are in comparable units by their weights.
 * `delta` is what a move would add to the term's value, without making it.
 */
export interface ObjectiveTerm {
  readonly name: string;
  readonly weight: number;
  value(): number;
  delta(vm: number, from: number, to: number): number;
  moved(vm: number, from: number, to: number): void;
}
