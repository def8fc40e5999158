import {
  consolidate,
  CONSOLIDATION_SETTINGS,
  FORECAST_SETTINGS,
  forecastDemand,
  type ConsolidationSettings,
} from '../placement/consolidate/index.js';
import { HISTORY, type Fleet } from './fleet.js';
import type { FleetMove, FleetPolicy } from './fleet-policy.js';

/** Our policy, `core/placement/consolidate`, shown the fleet as it would be shown any cluster. */
export class AttituneConsolidation implements FleetPolicy {
  readonly #fleet: Fleet;
  readonly #settings: ConsolidationSettings;
  readonly #memoryLimit: Float64Array;
  readonly #all: Uint8Array;

  constructor(fleet: Fleet, memory: boolean, settings = CONSOLIDATION_SETTINGS) {
    this.#fleet = fleet;
    this.#settings = settings;
    this.#memoryLimit = memory ? fleet.hostMemory : new Float64Array(fleet.hosts).fill(Infinity);
    this.#all = new Uint8Array(fleet.hosts).fill(1);
  }

  decide(): readonly FleetMove[] {
    const { vms, ticks, history, mips, alive, on, hostOf, capacity, coreMips, watts, request, memory } = this.#fleet;
    const size = mips.map((of, vm) => of * alive[vm]!);
    const forecast = forecastDemand(
      { vms, samples: Math.min(HISTORY, ticks), values: history, size },
      FORECAST_SETTINGS,
    );
    const { moves } = consolidate(
      {
        capacity,
        vmLimit: coreMips,
        memoryLimit: this.#memoryLimit,
        power: watts,
        accepting: this.#all,
        mayEmpty: this.#all,
        on: Uint8Array.from(on, (list) => (list.length > 0 ? 1 : 0)),
        hostOf,
        demand: request,
        ...forecast,
        memory,
        movable: alive,
      },
      this.#settings,
    );
    return moves;
  }
}
