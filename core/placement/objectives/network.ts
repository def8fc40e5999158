import type { ClusterNetwork } from '../cluster.js';
import type { Assignment, Problem } from '../problem.js';
import type { GuidedTerm } from './term.js';

const LINK_MBIT_PER_SECOND = 1000;

/**
 * Traffic times the distance that it goes, summed over all pairs that talk; in links: Mbit/s over what a link carries
 * (that of migrations). Costs one addition for each partner of the VM that moves.
 */
export class NetworkTerm implements GuidedTerm {
  readonly name = 'network';
  readonly #distance: HostDistances;
  /** Partners of each VM: [VM or -1 - host, links' worth of traffic]. */
  readonly #partners: readonly (readonly (readonly [number, number])[])[];
  #value = 0;

  constructor(
    readonly weight: number,
    private readonly assignment: Assignment,
  ) {
    const { problem } = assignment;
    const network = problem.cluster.network ?? { distances: [], otherwise: 0, traffic: [] };
    this.#distance = new HostDistances(problem, network);
    this.#partners = partnersOf(problem, network);
    for (let vm = 0; vm < problem.vms; vm += 1) {
      for (const [partner, traffic] of this.#partners[vm]!) {
        const share = partner >= 0 ? 0.5 : 1;
        this.#value += share * traffic * this.#distance.of(assignment.hostOf[vm]!, this.#where(partner));
      }
    }
  }

  value(): number {
    return this.#value;
  }

  delta(vm: number, from: number, to: number): number {
    return this.#deltaBut(vm, from, to, vm);
  }

  /** What the two say to each other goes as far as before. */
  exchangeDelta(a: number, b: number): number {
    const { hostOf } = this.assignment;
    const [from, to] = [hostOf[a]!, hostOf[b]!];
    return this.#deltaBut(a, from, to, b) + this.#deltaBut(b, to, from, a);
  }

  moved(vm: number, from: number, to: number): void {
    this.#value += this.delta(vm, from, to);
  }

  /** Where its partners are, and the hosts that are near to those. */
  *draws(vm: number): Iterable<number> {
    for (const [partner] of this.#partners[vm]!) {
      const where = this.#where(partner);
      if (where < 0) continue;
      yield where;
      yield* this.#distance.near(where);
    }
  }

  #deltaBut(vm: number, from: number, to: number, other: number): number {
    let delta = 0;
    for (const [partner, traffic] of this.#partners[vm]!) {
      if (partner === other) continue;
      const where = this.#where(partner);
      delta += traffic * (this.#distance.of(to, where) - this.#distance.of(from, where));
    }
    return delta;
  }

  #where(partner: number): number {
    return partner >= 0 ? this.assignment.hostOf[partner]! : -1 - partner;
  }
}

/** Distances of hosts as they are named; those that are not are `otherwise`, of a host to itself 0. */
class HostDistances {
  readonly #named: readonly Map<number, number>[];
  readonly #near: readonly (readonly number[])[];

  constructor(
    { hosts, hostIndex }: Problem,
    private readonly network: ClusterNetwork,
  ) {
    this.#named = Array.from({ length: hosts }, () => new Map<number, number>());
    for (const { between, distance } of network.distances) {
      const [a, b] = [hostIndex.get(between[0]), hostIndex.get(between[1])];
      if (a === undefined || b === undefined) continue;
      this.#named[a]!.set(b, distance);
      this.#named[b]!.set(a, distance);
    }
    this.#near = this.#named.map((named) =>
      [...named]
        .filter(([, distance]) => distance < network.otherwise || named.size < hosts)
        .sort((one, other) => one[1] - other[1] || one[0] - other[0])
        .slice(0, NEAR)
        .map(([host]) => host),
    );
  }

  of(a: number, b: number): number {
    if (a === b || a < 0 || b < 0) return 0;
    return this.#named[a]!.get(b) ?? this.network.otherwise;
  }

  near(host: number): readonly number[] {
    return this.#near[host]!;
  }
}

/** Neighbours of a partner's host that are tried. */
const NEAR = 8;

function partnersOf({ vms, vmIndex, hostIndex }: Problem, network: ClusterNetwork) {
  const partners: [number, number][][] = Array.from({ length: vms }, () => []);
  const link = network.migrationMbitPerSecond ?? LINK_MBIT_PER_SECOND;
  const indexOf = (name: string) => {
    const vm = vmIndex.get(name);
    if (vm !== undefined) return vm;
    const host = hostIndex.get(name);
    return host === undefined ? undefined : -1 - host;
  };
  for (const { between, mbitPerSecond } of network.traffic) {
    const [a, b] = [indexOf(between[0]), indexOf(between[1])];
    if (a === undefined || b === undefined || a === b) continue;
    if (a >= 0) partners[a]!.push([b, mbitPerSecond / link]);
    if (b >= 0) partners[b]!.push([a, mbitPerSecond / link]);
  }
  return partners;
}
