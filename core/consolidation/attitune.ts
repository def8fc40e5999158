import { consolidate } from '../placement/consolidate/consolidate.js';
import { forecastDemand } from '../placement/consolidate/forecast.js';
import type { ConsolidationSettings, ConsolidationView } from '../placement/consolidate/view.js';
import { HISTORY, type Fleet } from './fleet.js';
import type { FleetMove, FleetPolicy } from './fleet-policy.js';

export const TUNE: ConsolidationSettings & { memory: number; prior: number } = {
  relieveAbove: 1,
  relieveTo: 0.97,
  fillTo: 0.93,
  deviations: 1,
  emptyBelow: 0.8,
  stayHours: 1,
  moveWattHours: 0.001,
  memory: 0.9,
  prior: 1,
};

export class Attitune implements FleetPolicy {
  readonly #fleet: Fleet;
  readonly #memory: boolean;
  constructor(fleet: Fleet, memory: boolean) {
    this.#fleet = fleet;
    this.#memory = memory;
  }

  decide(): readonly FleetMove[] {
    const fleet = this.#fleet;
    const size = Float64Array.from(fleet.mips, (m, vm) => (fleet.alive[vm] === 1 ? m : 0));
    const { expected, deviation } = forecastDemand(
      { vms: fleet.vms, samples: Math.min(HISTORY, fleet.ticks), values: fleet.history, size },
      TUNE,
    );
    const view: ConsolidationView = {
      capacity: fleet.capacity,
      vmLimit: fleet.coreMips,
      memoryLimit: this.#memory ? fleet.hostMemory : new Float64Array(fleet.hosts).fill(Infinity),
      power: fleet.watts,
      accepting: new Uint8Array(fleet.hosts).fill(1),
      on: Uint8Array.from(fleet.capacity, (_, h) => (fleet.on[h]!.length > 0 ? 1 : 0)),
      hostOf: fleet.hostOf,
      demand: fleet.request,
      expected,
      deviation,
      memory: fleet.memory,
      movable: fleet.alive,
    };
    return consolidate(view, TUNE).moves;
  }
}
