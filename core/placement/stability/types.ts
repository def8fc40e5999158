import type { Rejection } from '../cluster.js';

/** What keeps decisions from going to and fro. Times in milliseconds; what is absent has the default that is told. */
export interface StabilityLimits {
  /** A VM that moved once within the window stays for this time. */
  readonly coolDownMs: number;
  /** The longest cool-down: it doubles with each further move within the window. Default: 16 times `coolDownMs`. */
  readonly coolDownLimitMs?: number;
  /** How long former moves count, for cool-downs and cycles. Default: twice the longest cool-down. */
  readonly windowMs?: number;
  /** After a VM came to or left a host, the host's VMs stay for this time: its readings have to settle. Default: 0. */
  readonly holdMs?: number;
  /** Nothing moves for this time after `cluster.startedAt`. Default: `coolDownMs`. */
  readonly startUpMs?: number;
  /** Demand that differs by less than this fraction of what it was counts as unchanged. Default: 0.25. */
  readonly tolerance?: number;
  /** Hosts whose VMs have to leave: cool-downs, holds and start-up do not keep them. */
  readonly urgent?: readonly string[];
}

/** Which VMs may be moved as far as they themselves are concerned: `movableVms(cluster, limits)`. */
export interface MovableVms {
  /** By the index of the VM in the cluster. */
  readonly movable: readonly boolean[];
  /** One for each VM that may not, with the rule that keeps it. */
  readonly rejected: readonly Rejection[];
}
