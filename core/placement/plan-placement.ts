import type { Cluster, Plan } from './cluster.js';
import type { BalanceMeasure } from './objectives/measures.js';

/** One thing that a plan is to make smaller. Several are weighed against each other by their weights. */
export interface ObjectiveRequest {
  readonly type: ObjectiveType;
  /** Absent: 1. */
  readonly weight?: number;
  /** Of `relieve` and `evacuate`: the hosts that it is about; absent: all (`relieve`), none (`evacuate`). */
  readonly hosts?: readonly string[];
  /** Of `balance`: the measures whose spread over the hosts counts, with their weights; absent: `cpu` and `memory` alike. */
  readonly measures?: Readonly<Partial<Record<BalanceMeasure, number>>>;
  /** The goal holds where the value of the objective is not above this; absent: 0. */
  readonly enough?: number;
}

/**
 * `relieve`: hosts above the limit; `balance`: spread of load over hosts; `consolidate`: hosts in use; `energy`: power
 * drawn; `network`: traffic times distance; `evacuate`: VMs on the named hosts; `moves`: VMs moved.
 * Values are in hosts: a share of a host's CPU, a host in use, the power of a loaded host, a link's worth of traffic.
 */
export type ObjectiveType = 'relieve' | 'balance' | 'consolidate' | 'energy' | 'network' | 'evacuate' | 'moves';

/** What every move must respect, whatever its goal. */
export interface PlacementLimits {
  /** No move may bring a host's CPU to this fraction of its capacity, or above. Infinity: any load may be. */
  readonly below: number;
  /** A VM that moved within this time stays. */
  readonly coolDownMs: number;
  /** What a migration of ordinary cost must gain at least, in the measure of the objectives (see {@link ObjectiveType}). */
  readonly minimumGain: number;
}

export interface SearchRequest {
  /** The same seed, snapshot and request give the same plan. */
  readonly seed: number;
  /** Milliseconds after which the best plan so far is taken; absent: a bound on steps, alike on every machine. Needs `now`. */
  readonly budgetMs?: number;
  /** VMs moved at most; absent: any number. */
  readonly maxMoves?: number;
  /** Milliseconds on any monotonic clock, for `budgetMs` and `Plan.elapsedMs`; absent: time is not looked at. */
  readonly now?: () => number;
}

export interface PlacementRequest {
  /** How the goal is called in plans, journal and events: `balance`. */
  readonly goal: string;
  readonly objectives: readonly ObjectiveRequest[];
  readonly limits: PlacementLimits;
  readonly search: SearchRequest;
}

export type PlanPlacement = (cluster: Cluster, request: PlacementRequest) => Plan;
