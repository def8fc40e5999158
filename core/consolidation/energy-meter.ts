import type { Fleet } from './fleet.js';
import { wattsAt } from './hardware.js';

export const JOULES_PER_KWH = 3.6e6;

/**
 * Adds up what hosts draw. Between two events it is the mean of the power at both ends; a host that did nothing at the
 * first of them was off.
 */
export class EnergyMeter {
  readonly #fleet: Fleet;
  #joules = 0;
  #seconds = 0;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** Called after all hosts were looked at anew, with the time since they were looked at before. */
  add(seconds: number): void {
    const { hosts, capacity, usedBefore, watts } = this.#fleet;
    let sum = 0;
    for (let host = 0; host < hosts; host += 1) {
      const before = Math.min(1, usedBefore[host]! / capacity[host]!);
      if (before === 0) continue;
      sum += (wattsAt(watts[host]!, before) + this.#fleet.wattsOf(host)) / 2;
    }
    this.#joules += sum * seconds;
    this.#seconds += seconds;
  }

  get kWh(): number {
    return this.#joules / JOULES_PER_KWH;
  }

  /** Were all hosts fully used all the time. */
  atFullPower(): number {
    const watts = this.#fleet.watts.reduce((sum, curve) => sum + curve[curve.length - 1]!, 0);
    return (watts * this.#seconds) / JOULES_PER_KWH;
  }
}
