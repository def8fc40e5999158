import type { DemandMeasure } from './compile-problem.js';
import type { ObjectiveRequest } from './objectives/index.js';
import type { StabilityLimits } from './stability/types.js';

/** What every move must respect, whatever its goal; cool-downs and the like as in {@link StabilityLimits}. */
export interface PlacementLimits extends StabilityLimits {
  /** No move may bring a host's CPU to this fraction of its capacity, or above. Infinity: any load may be. */
  readonly below: number;
  /** What a migration of ordinary cost must gain at least, in the measure of the objectives: in hosts. */
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
  /** Which reading of a VM's CPU counts; absent: what it uses now. */
  readonly demand?: DemandMeasure;
  /** Hosts that are off and may be woken for the plan; `Plan.wake` names those that it uses. */
  readonly wake?: readonly string[];
  /** Hosts that may be switched off once they are empty; `Plan.powerOff` names those that are so. Absent: none is. */
  readonly powerOff?: readonly string[];
}
