import type { Fleet } from '../fleet.js';
import type { FleetMove, FleetPolicy } from '../fleet-policy.js';
import type { Detector } from './detector.js';
import { Scratch, type PlacementRules } from './scratch.js';
import type { Selector } from './selectors.js';

/**
 * Consolidation as the literature does it: hosts that are overloaded give VMs until they are not; then hosts are emptied,
 * least used first, as long as all their VMs find room elsewhere.
 */
export class LiteratureConsolidation implements FleetPolicy {
  readonly #fleet: Fleet;
  readonly #detector: Detector;
  readonly #select: Selector;
  readonly #rules: PlacementRules;

  constructor(fleet: Fleet, detector: Detector, select: Selector, rules: PlacementRules) {
    this.#fleet = fleet;
    this.#detector = detector;
    this.#select = select;
    this.#rules = rules;
  }

  decide(): readonly FleetMove[] {
    this.#detector.begin();
    const scratch = new Scratch(this.#fleet, this.#detector, this.#rules);
    const overloaded = new Uint8Array(this.#fleet.hosts);
    for (let host = 0; host < overloaded.length; host += 1) overloaded[host] = this.#detector.overloaded(host) ? 1 : 0;
    return [...this.#relieve(scratch, overloaded), ...this.#gather(scratch, overloaded)];
  }

  #relieve(scratch: Scratch, overloaded: Uint8Array): FleetMove[] {
    const leaving: number[] = [];
    for (let host = 0; host < overloaded.length; host += 1) {
      if (overloaded[host] === 0) continue;
      while (scratch.on(host).length > 0) {
        const vm = this.#select(scratch.on(host));
        leaving.push(vm);
        scratch.take(vm, host);
        if (!this.#detector.overloaded(host)) break;
      }
    }
    const moves: FleetMove[] = [];
    for (const vm of this.#largestFirst(leaving)) {
      const to = scratch.bestHost(vm, this.#fleet.request[vm]!, overloaded);
      if (to === undefined) continue;
      scratch.put(vm, to, this.#fleet.request[vm]!);
      moves.push({ vm, to });
    }
    return moves;
  }

  #gather(scratch: Scratch, overloaded: Uint8Array): FleetMove[] {
    const uses = Float64Array.from(overloaded, (_, host) => this.#fleet.use(host));
    const noSource = overloaded.map((is, host) => (is === 1 || uses[host] === 0 ? 1 : 0));
    const noTarget = Uint8Array.from(noSource);
    const moves: FleetMove[] = [];
    for (;;) {
      const source = leastUsed(uses, noSource);
      if (source === undefined) return moves;
      noSource[source] = 1;
      noTarget[source] = 1;
      const vms = this.#largestFirst(scratch.on(source));
      const targets = scratch.putAll(vms, noTarget) ?? [];
      for (const [index, to] of targets.entries()) {
        noSource[to] = 1;
        moves.push({ vm: vms[index]!, to });
      }
    }
  }

  #largestFirst(vms: readonly number[]): readonly number[] {
    const { request } = this.#fleet;
    return [...vms].sort((a, b) => request[b]! - request[a]!);
  }
}

function leastUsed(uses: Float64Array, excluded: Uint8Array): number | undefined {
  let best: number | undefined;
  let least = 1;
  for (let host = 0; host < uses.length; host += 1) {
    if (excluded[host] === 1 || uses[host]! >= least || uses[host] === 0) continue;
    least = uses[host]!;
    best = host;
  }
  return best;
}
