import type { Cardinality } from './deployment.js';

/** How many instances an association has at its ends when the system begins, and what each of them needs and takes. */
export interface LinkDemand {
  readonly sources: number;
  readonly targets: number;
  /** How many sources each target is linked to. */
  readonly fromCardinality: Cardinality;
  /** How many targets each source is linked to. */
  readonly toCardinality: Cardinality;
  /** True where both ends are the same instances, of which none is linked to itself. */
  readonly same: boolean;
}

/** A link, by the positions of its source and its target. */
export type Link = readonly [source: number, target: number];

export type LinkPlan =
  | { readonly links: readonly Link[] }
  /** Who is left with too few links. */
  | { readonly end: 'source' | 'target'; readonly position: number; readonly found: number };

/**
 * The first wiring of one association. TUNe's rule comes first: each source in turn takes as many links as its lower
 * bound asks for, to the first targets with room; then each target below its own lower bound goes to the source with the
 * fewest links that has room. Where that leads into a corner and another wiring would not, links are dealt out evenly.
 */
export function planLinks(demand: LinkDemand): LinkPlan {
  const plan = firstFit(demand);
  return 'links' in plan ? plan : (evenly(demand) ?? plan);
}

function firstFit(demand: LinkDemand): LinkPlan {
  const { sources, targets, fromCardinality, toCardinality, same } = demand;
  const links: Link[] = [];
  const given = new Array<number>(sources).fill(0);
  const partners = Array.from({ length: targets }, () => new Set<number>());
  const link = (source: number, target: number, partnersOfTarget: Set<number>): void => {
    links.push([source, target]);
    given[source] = (given[source] ?? 0) + 1;
    partnersOfTarget.add(source);
  };
  let open = 0;
  for (let source = 0; source < sources; source += 1) {
    while ((partners[open]?.size ?? 0) >= fromCardinality.upper) open += 1;
    for (let target = open; target < targets && given[source]! < toCardinality.lower; target += 1) {
      const taken = partners[target]!;
      if (taken.size < fromCardinality.upper && !(same && source === target)) link(source, target, taken);
    }
    if (given[source]! < toCardinality.lower) return { end: 'source', position: source, found: given[source]! };
  }
  const idlest = new LeastFirst(given, toCardinality.upper);
  for (let target = 0; target < targets; target += 1) {
    const taken = partners[target]!;
    const unfit: number[] = [];
    while (taken.size < fromCardinality.lower) {
      const source = idlest.take();
      if (source === undefined) break;
      if (taken.has(source) || (same && source === target)) unfit.push(source);
      else {
        link(source, target, taken);
        unfit.push(source);
      }
    }
    for (const source of unfit) idlest.put(source);
    if (taken.size < fromCardinality.lower) return { end: 'target', position: target, found: taken.size };
  }
  return { links };
}

/**
 * As few links as both lower bounds allow, spread so that no two sources, and no two targets, differ by more than one.
 * With equal instances on each side there is a wiring if and only if this is one (Gale and Ryser, 1957).
 */
function evenly({ sources, targets, fromCardinality, toCardinality, same }: LinkDemand): LinkPlan | undefined {
  const count = Math.max(sources * toCardinality.lower, targets * fromCardinality.lower);
  const most = Math.ceil(count / sources);
  const others = same ? targets - 1 : targets;
  const fits = most <= Math.min(toCardinality.upper, others) && Math.ceil(count / targets) <= fromCardinality.upper;
  if (!fits) return undefined;
  const links: Link[] = [];
  let next = 0;
  for (let source = 0; source < sources; source += 1) {
    const share = Math.floor((count * (source + 1)) / sources) - Math.floor((count * source) / sources);
    // around the circle from the one after itself, so that none meets itself
    for (let i = 0; i < share; i += 1) links.push([source, same ? (source + 1 + i) % targets : (next + i) % targets]);
    next += share;
  }
  return { links };
}

/** A heap of sources: the one with the fewest links first, of equal ones the first. Full ones are left out. */
class LeastFirst {
  readonly #heap: number[] = [];

  constructor(
    private readonly given: readonly number[],
    private readonly upper: number,
  ) {
    for (let source = 0; source < given.length; source += 1) this.put(source);
  }

  put(source: number): void {
    if (this.given[source]! >= this.upper) return;
    const heap = this.#heap;
    let at = heap.push(source) - 1;
    for (let above = (at - 1) >> 1; at > 0 && this.#before(heap[at]!, heap[above]!); above = (at - 1) >> 1) {
      this.#swap(at, above);
      at = above;
    }
  }

  take(): number | undefined {
    const heap = this.#heap;
    const [first] = heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ;) {
      let least = at;
      for (const below of [2 * at + 1, 2 * at + 2])
        if (below < heap.length && this.#before(heap[below]!, heap[least]!)) least = below;
      if (least === at) return first;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    return this.given[a]! - this.given[b]! < 0 || (this.given[a] === this.given[b] && a < b);
  }
  #swap(a: number, b: number): void {
    [this.#heap[a], this.#heap[b]] = [this.#heap[b]!, this.#heap[a]!];
  }
}
