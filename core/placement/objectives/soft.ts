import { hostsNamed, membersOf, softTerms } from '../constraints/index.js';
import type { Assignment, ObjectiveTerm } from '../problem.js';
import type { GuidedTerm } from './term.js';

/** Kinds of constraints that are on hosts: any VM may bear on them. */
const ON_HOSTS: ReadonlySet<string> = new Set(['reserve', 'online']);
/** Members of a `gather` that are looked at for where the others are. */
const MEMBERS = 16;
const NONE: readonly ObjectiveTerm[] = [];

/** All soft constraints as one term, which asks for each VM only those that it bears on. */
export class SoftTerm implements GuidedTerm {
  readonly name = 'soft constraints';
  readonly weight = 1;
  readonly #onHosts: readonly ObjectiveTerm[];
  readonly #own: ReadonlyMap<number, readonly ObjectiveTerm[]>;
  /** Hosts that a `pin` names, and the others of a `gather`, by VM. */
  readonly #pinned = new Map<number, readonly number[]>();
  readonly #gathered = new Map<number, readonly number[]>();

  private constructor(
    private readonly assignment: Assignment,
    private readonly terms: readonly ObjectiveTerm[],
  ) {
    const { cluster, hostIndex } = assignment.problem;
    const soft = (cluster.constraints ?? []).filter(({ strength }) => strength === 'soft');
    this.#onHosts = terms.filter((_, index) => ON_HOSTS.has(soft[index]!.type));
    const own = new Map<number, readonly ObjectiveTerm[]>();
    for (const [index, constraint] of soft.entries()) {
      if (ON_HOSTS.has(constraint.type)) continue;
      const members = membersOf(cluster, constraint);
      const named = hostsNamed(constraint).flatMap((name) => hostIndex.get(name) ?? []);
      const some = members.slice(0, MEMBERS);
      for (const vm of members) {
        own.set(vm, [...(own.get(vm) ?? []), terms[index]!]);
        if (constraint.type === 'pin') this.#pinned.set(vm, [...(this.#pinned.get(vm) ?? []), ...named]);
        if (constraint.type === 'gather') this.#gathered.set(vm, [...(this.#gathered.get(vm) ?? []), ...some]);
      }
    }
    this.#own = own;
  }

  /** For an assignment as it is when this is called; `undefined`: there are no soft constraints. */
  static of(assignment: Assignment): SoftTerm | undefined {
    const terms = softTerms(assignment.problem, assignment);
    return terms.length > 0 ? new SoftTerm(assignment, terms) : undefined;
  }

  value(): number {
    return sum(this.terms, (term) => term.value());
  }

  delta(vm: number, from: number, to: number): number {
    const delta = (term: ObjectiveTerm) => term.delta(vm, from, to);
    return sum(this.#onHosts, delta) + sum(this.#of(vm), delta);
  }

  /** Terms that both bear on are asked one move after the other: they count by themselves where VMs are. */
  exchangeDelta(a: number, b: number): number {
    const [from, to] = [this.assignment.hostOf[a]!, this.assignment.hostOf[b]!];
    const both = (term: ObjectiveTerm) => {
      const first = term.delta(a, from, to);
      term.moved(a, from, to);
      const second = term.delta(b, to, from);
      term.moved(a, to, from);
      return first + second;
    };
    const [ofA, ofB] = [this.#of(a), this.#of(b)];
    return (
      sum(this.#onHosts, both) +
      sum(ofA, (term) => (ofB.includes(term) ? both(term) : term.delta(a, from, to))) +
      sum(ofB, (term) => (ofA.includes(term) ? 0 : term.delta(b, to, from)))
    );
  }

  moved(vm: number, from: number, to: number): void {
    for (const term of this.#onHosts) term.moved(vm, from, to);
    for (const term of this.#of(vm)) term.moved(vm, from, to);
  }

  *draws(vm: number): Iterable<number> {
    yield* this.#pinned.get(vm) ?? [];
    for (const other of this.#gathered.get(vm) ?? []) {
      const host = this.assignment.hostOf[other]!;
      if (host >= 0) yield host;
    }
  }

  #of(vm: number): readonly ObjectiveTerm[] {
    return this.#own.get(vm) ?? NONE;
  }
}

function sum(terms: readonly ObjectiveTerm[], of: (term: ObjectiveTerm) => number): number {
  let total = 0;
  for (const term of terms) total += term.weight * of(term);
  return total;
}
