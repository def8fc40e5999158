import type { Fleet } from '../fleet.js';
import type { Detector } from './detector.js';

/** Used by the other detectors while they know too little. */
export const FALLBACK_THRESHOLD = 0.7;

/** Overloaded above a fixed part of the capacity. */
export class Threshold implements Detector {
  readonly #fleet: Fleet;
  readonly #limit: number;
  readonly #sum: Float64Array;

  constructor(fleet: Fleet, limit: number) {
    this.#fleet = fleet;
    this.#limit = limit;
    this.#sum = new Float64Array(fleet.hosts);
  }

  begin(): void {
    // nothing is kept of single VMs
  }

  refresh(host: number, vms: readonly number[]): void {
    let sum = 0;
    for (const vm of vms) sum += this.#fleet.request[vm]!;
    this.#sum[host] = sum;
  }

  use(host: number, vm?: number): number {
    const more = vm === undefined ? 0 : this.#fleet.request[vm]!;
    return (this.#sum[host]! + more) / this.#fleet.capacity[host]!;
  }

  overloaded(host: number): boolean {
    return this.use(host) > this.#limit;
  }

  overloadedWith(host: number, vm: number): boolean {
    return this.use(host, vm) > this.#limit;
  }
}
