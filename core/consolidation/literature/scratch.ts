import type { Fleet } from '../fleet.js';
import { wattsAt } from '../hardware.js';
import type { Detector } from './detector.js';

export interface PlacementRules {
  /** Memory is promised once only. Without it, as in the published runs, it counts at the start only. */
  readonly memory: boolean;
  /** To wake a host costs its idle power. Without it, as published, a host that is off is as good as an idle one. */
  readonly wakeCost: boolean;
}

/** A placement that is only thought of: power-aware best fit decreasing on a copy of where the VMs are. */
export class Scratch {
  readonly #fleet: Fleet;
  readonly #detector: Detector;
  readonly #rules: PlacementRules;
  readonly #on: (readonly number[])[];
  readonly #used: Float64Array;
  readonly #free: Float64Array;
  readonly #memory: Float64Array;
  /** Watts of each host before anything is placed. */
  readonly #before: Float64Array;

  constructor(fleet: Fleet, detector: Detector, rules: PlacementRules) {
    this.#fleet = fleet;
    this.#detector = detector;
    this.#rules = rules;
    this.#on = [...fleet.on];
    this.#used = Float64Array.from(fleet.used);
    this.#free = Float64Array.from(fleet.free);
    this.#memory = new Float64Array(fleet.hosts);
    this.#before = Float64Array.from(fleet.capacity, (_, host) => fleet.wattsOf(host));
    for (const [host, vms] of fleet.on.entries()) {
      for (const vm of vms) this.#memory[host]! += fleet.memory[vm]!;
      detector.refresh(host, vms);
    }
  }

  on(host: number): readonly number[] {
    return this.#on[host]!;
  }

  take(vm: number, host: number): void {
    this.#on[host] = this.#on[host]!.filter((other) => other !== vm);
    this.#memory[host]! -= this.#fleet.memory[vm]!;
    this.#detector.refresh(host, this.#on[host]);
  }

  /** The host on which a VM adds least power, the first of those; undefined where none can take it. */
  bestHost(vm: number, request: number, excluded: Uint8Array): number | undefined {
    const { hosts, capacity, coreMips, hostMemory, memory, watts } = this.#fleet;
    let best: number | undefined;
    let least = Infinity;
    for (let host = 0; host < hosts; host += 1) {
      if (excluded[host] === 1 || coreMips[host]! < request || this.#free[host]! < request) continue;
      if (this.#rules.memory && this.#memory[host]! + memory[vm]! > hostMemory[host]!) continue;
      const used = this.#used[host]!;
      const before = used === 0 && this.#rules.wakeCost ? 0 : this.#before[host]!;
      const cost = wattsAt(watts[host]!, Math.min(1, (used + request) / capacity[host]!)) - before;
      if (cost >= least || (used !== 0 && this.#detector.overloadedWith(host, vm))) continue;
      least = cost;
      best = host;
    }
    return best;
  }

  put(vm: number, host: number, request: number): void {
    this.#on[host] = [...this.#on[host]!, vm];
    this.#used[host]! += request;
    this.#free[host]! -= request;
    this.#memory[host]! += this.#fleet.memory[vm]!;
    this.#detector.refresh(host, this.#on[host]);
  }

  /** Makes several placements at once, or none. @returns the hosts, one for each VM. */
  putAll(vms: readonly number[], excluded: Uint8Array): readonly number[] | undefined {
    const targets: number[] = [];
    const undo: (() => void)[] = [];
    for (const vm of vms) {
      const request = this.#fleet.request[vm]!;
      const host = this.bestHost(vm, request, excluded);
      if (host === undefined) {
        for (const back of undo.reverse()) back();
        return undefined;
      }
      undo.push(this.#restore(host));
      this.put(vm, host, request);
      targets.push(host);
    }
    return targets;
  }

  #restore(host: number): () => void {
    const [on, used, free, memory] = [this.#on[host]!, this.#used[host]!, this.#free[host]!, this.#memory[host]!];
    return () => {
      this.#on[host] = on;
      this.#used[host] = used;
      this.#free[host] = free;
      this.#memory[host] = memory;
      this.#detector.refresh(host, on);
    };
  }
}
