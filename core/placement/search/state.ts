import type { MovesTerm } from '../objectives/moves.js';
import type { GuidedTerm } from '../objectives/term.js';
import type { Assignment, HardRule, Problem } from '../problem.js';
import type { Effort } from './effort.js';

/** Differences below this are rounding. */
export const EPSILON = 1e-9;

export interface SearchParts {
  readonly assignment: Assignment;
  readonly terms: readonly GuidedTerm[];
  /** What moves cost; it counts VMs moved, too. */
  readonly moves: MovesTerm;
  readonly rules: readonly HardRule[];
  readonly effort: Effort;
  /** VMs moved at most. */
  readonly maxMoves: number;
}

/**
 * Where a search is: an assignment, what follows from it, and a trail by which moves are taken back. All that changes
 * the assignment goes through {@link apply}, so that terms and rules follow.
 */
export class SearchState {
  readonly problem: Problem;
  readonly assignment: Assignment;
  readonly moves: MovesTerm;
  readonly effort: Effort;
  readonly terms: readonly GuidedTerm[];
  readonly #maxMoves: number;
  readonly #all: readonly HardRule[];
  /** Rules that concern a VM besides those that concern all. */
  readonly #own: readonly (readonly HardRule[] | undefined)[];
  readonly #trail: number[] = [];

  constructor(parts: SearchParts) {
    this.assignment = parts.assignment;
    this.problem = parts.assignment.problem;
    this.moves = parts.moves;
    this.effort = parts.effort;
    this.terms = [...parts.terms, parts.moves];
    this.#maxMoves = parts.maxMoves;
    this.#all = parts.rules.filter(({ concerns }) => concerns === undefined);
    const own: HardRule[][] = [];
    for (const rule of parts.rules) for (const vm of rule.concerns ?? []) (own[vm] ??= []).push(rule);
    this.#own = Array.from({ length: this.problem.vms }, (_, vm) => own[vm]);
  }

  /** Of all terms, weighted. */
  value(): number {
    return this.terms.reduce((sum, term) => sum + term.weight * term.value(), 0);
  }

  /** What a move would add to the value. */
  delta(vm: number, to: number): number {
    this.effort.spend();
    const from = this.assignment.hostOf[vm]!;
    let delta = 0;
    for (const term of this.terms) delta += term.weight * term.delta(vm, from, to);
    return delta;
  }

  /** What a move of a VM from where it is gains for the objectives, and what it costs, weighted. */
  worth(vm: number, to: number): { readonly gain: number; readonly cost: number } {
    const from = this.assignment.hostOf[vm]!;
    const cost = this.moves.weight * this.moves.delta(vm, from, to);
    return { gain: cost - this.delta(vm, to), cost };
  }

  /** True where the VM may be moved, the host has room for it and no rule is against it. */
  mayGo(vm: number, to: number): boolean {
    return this.hasRoom(vm, to) && this.mayMoveMore(vm, to) && this.#allowed(vm, to);
  }

  /** True where rules of its own say where it may be. */
  isBound(vm: number): boolean {
    return this.#own[vm] !== undefined;
  }

  /** Hosts that are worth trying for the VM whatever their load: its home, and those that terms draw it to. */
  drawsOf(vm: number): readonly number[] {
    const home = this.problem.start[vm]!;
    const draws = home >= 0 ? [home] : [];
    for (const term of this.terms) if (term.draws) draws.push(...term.draws(vm));
    return draws;
  }

  hasRoom(vm: number, to: number): boolean {
    const { assignment, problem } = this;
    return (
      problem.accepting[to] === 1 &&
      assignment.memoryOn[to]! + problem.memory[vm]! <= problem.memoryLimit[to]! &&
      assignment.vcpusOn[to]! + problem.vcpus[vm]! <= problem.vcpuLimit[to]! &&
      (problem.cpuLimit[to] === Infinity || assignment.cpuOn[to]! + problem.cpu[vm]! < problem.cpuLimit[to]!)
    );
  }

  mayMoveMore(vm: number, to: number): boolean {
    const home = this.problem.start[vm]!;
    return to === home || this.assignment.hostOf[vm] !== home || this.moves.count < this.#maxMoves;
  }

  /** Makes a move whatever speaks against it; {@link isSound} tells afterwards, and {@link undo} takes it back. */
  apply(vm: number, to: number): void {
    const from = this.assignment.hostOf[vm]!;
    this.#trail.push(vm, from);
    this.#move(vm, from, to);
  }

  /** A mark to which {@link undo} goes back. */
  mark(): number {
    return this.#trail.length;
  }

  undo(mark: number): void {
    while (this.#trail.length > mark) {
      const from = this.#trail.pop()!;
      const vm = this.#trail.pop()!;
      this.#move(vm, this.assignment.hostOf[vm]!, from);
    }
  }

  /** VMs that were moved since the mark, each once. */
  touched(mark: number): number[] {
    return [...new Set(this.#trail.slice(mark).filter((_, index) => index % 2 === 0))];
  }

  /** True where all these VMs, just moved, may be where they are now: for several moves that were made together. */
  isSound(vms: readonly number[]): boolean {
    if (this.moves.count > this.#maxMoves) return false;
    for (const vm of vms) {
      const host = this.assignment.hostOf[vm]!;
      if (!this.fits(host) || !this.#allowed(vm, host)) return false;
    }
    return true;
  }

  /** What an exchange of two VMs on different hosts would add to the value. */
  exchangeDelta(a: number, b: number): number {
    this.effort.spend();
    let delta = 0;
    for (const term of this.terms) {
      if (!term.exchangeDelta) return this.#exchangeTried(a, b);
      delta += term.weight * term.exchangeDelta(a, b);
    }
    return delta;
  }

  #exchangeTried(a: number, b: number): number {
    const { hostOf } = this.assignment;
    const [from, to] = [hostOf[a]!, hostOf[b]!];
    const mark = this.mark();
    let delta = this.delta(a, to);
    this.apply(a, to);
    delta += this.delta(b, from);
    this.undo(mark);
    return delta;
  }

  /** True where a host that takes VMs holds no more than it may. */
  fits(host: number): boolean {
    const { assignment, problem } = this;
    return (
      problem.accepting[host] === 1 &&
      assignment.memoryOn[host]! <= problem.memoryLimit[host]! &&
      assignment.vcpusOn[host]! <= problem.vcpuLimit[host]! &&
      (problem.cpuLimit[host] === Infinity || assignment.cpuOn[host]! < problem.cpuLimit[host]!)
    );
  }

  #allowed(vm: number, to: number): boolean {
    for (const rule of this.#all) if (!rule.allows(vm, to)) return false;
    const own = this.#own[vm];
    if (own) for (const rule of own) if (!rule.allows(vm, to)) return false;
    return true;
  }

  #move(vm: number, from: number, to: number): void {
    this.assignment.move(vm, to);
    for (const term of this.terms) term.moved(vm, from, to);
    for (const rule of this.#all) rule.moved(vm, from, to);
    const own = this.#own[vm];
    if (own) for (const rule of own) rule.moved(vm, from, to);
  }
}
