/**
 * Puts moves into steps, so that every state on the way keeps the hard rules: while a step runs, its VMs count on the
 * hosts that they leave and on those that they come to, and what is gathered moves within one step. As few steps as a
 * greedy filling in several orders finds. Where moves wait for each other in a circle, one VM steps aside to a third host
 * and goes on from there; where none can take it, the moves concerned are dropped with all that need them.
 */
import type { RuleOptions } from '../constraints/index.js';
import type { Problem } from '../problem.js';
import { stepAside } from './detours.js';
import { Transit } from './transit.js';
import type { DroppedMove, Schedule, ScheduledMove, WantedMove } from './types.js';
import { unitsOf, type Unit } from './units.js';

export type { DroppedMove, Schedule, ScheduledMove, WantedMove } from './types.js';

/** Above this number of moves one order is tried instead of four. */
const MANY_MOVES = 2000;

interface Filled {
  readonly steps: readonly (readonly ScheduledMove[])[];
  readonly stuck: readonly DroppedMove[];
}

/**
 * Steps for moves of a problem from its start. Each VM has one move at most; one that stays is left out. A move in
 * `dropped` cannot be reached; the steps do without it, and a caller that needs it weighs what is left anew.
 */
export function schedule(problem: Problem, moves: readonly WantedMove[], options: RuleOptions = {}): Schedule {
  const dropped: DroppedMove[] = [];
  let wanted = moves.filter(({ vm, to }) => problem.start[vm] !== to);
  for (;;) {
    const { units, dropped: broken } = unitsOf(problem, wanted);
    dropped.push(...broken);
    const best = bestOf(problem, units, options);
    dropped.push(...best.stuck);
    const stuck = new Set(best.stuck.map(({ vm }) => vm));
    const aside = best.steps.some((step) => step.some(({ vm, leg }) => leg !== undefined && stuck.has(vm)));
    if (!aside) return { steps: best.steps, dropped };
    // it would be left where it only stepped aside to, so that the rest is planned without it
    const gone = new Set(dropped.map(({ vm }) => vm));
    wanted = wanted.filter(({ vm }) => !gone.has(vm));
  }
}

function bestOf(problem: Problem, units: readonly Unit[], options: RuleOptions): Filled {
  let best: Filled | undefined;
  for (const order of ordersOf(problem, units)) {
    const filled = fill(problem, order, options);
    if (!best || isBetter(filled, best)) best = filled;
    if (best.stuck.length === 0 && best.steps.length < 2) break;
  }
  return best ?? { steps: [], stuck: [] };
}

function isBetter(one: Filled, other: Filled): boolean {
  const migrations = ({ steps }: Filled) => steps.reduce((sum, { length }) => sum + length, 0);
  return (
    (one.stuck.length - other.stuck.length ||
      migrations(one) - migrations(other) ||
      one.steps.length - other.steps.length) < 0
  );
}

/** Orders in which steps are filled: as the search made them, those first whose host others wait for, large, small. */
function ordersOf({ memory, start, vms }: Problem, units: readonly Unit[]): readonly (readonly Unit[])[] {
  if (vms > 0 && units.length > MANY_MOVES) return [units];
  const size = (unit: Unit) => unit.reduce((sum, { vm }) => sum + (memory[vm] ?? 0), 0);
  const targets = new Map<number, number>();
  for (const { to, vm } of units.flat()) targets.set(to, (targets.get(to) ?? 0) + (memory[vm] ?? 0));
  const awaited = (unit: Unit) => Math.max(...unit.map(({ vm }) => targets.get(start[vm] ?? -1) ?? 0));
  return [
    units,
    [...units].sort((a, b) => awaited(b) - awaited(a)),
    [...units].sort((a, b) => size(b) - size(a)),
    [...units].sort((a, b) => size(a) - size(b)),
  ];
}

function fill(problem: Problem, units: readonly Unit[], options: RuleOptions): Filled {
  const state = new Transit(problem, options);
  const steps: (readonly ScheduledMove[])[] = [];
  const aside = new Set<number>();
  let pending = [...units];
  while (pending.length > 0) {
    const step: ScheduledMove[] = [];
    const waiting: Unit[] = [];
    for (const unit of pending) {
      if (beginUnit(state, unit)) step.push(...unit.map((move) => scheduled(state, move, aside)));
      else waiting.push(unit);
    }
    if (step.length === 0) {
      const aways = stepAside(state, pending, aside);
      if (aways.length === 0) break;
      step.push(...aways);
    }
    for (const { vm, from, to } of step) state.end(vm, from, to);
    steps.push(step);
    pending = waiting;
  }
  return { steps, stuck: pending.flat().map((move) => ({ ...move, why: stuckWhy(state, move) })) };
}

/** Begins all moves of a unit, or none. */
function beginUnit(state: Transit, unit: Unit): boolean {
  const begun: WantedMove[] = [];
  for (const move of unit) {
    if (!state.fits(move.vm, move.to)) {
      for (const { vm, to } of begun.reverse()) state.cancel(vm, to);
      return false;
    }
    state.begin(move.vm, move.to);
    begun.push(move);
  }
  return true;
}

function scheduled(state: Transit, { vm, to }: WantedMove, aside: ReadonlySet<number>): ScheduledMove {
  return { vm, from: state.hostOf[vm] ?? -1, to, ...(aside.has(vm) ? { leg: 'onward' as const } : {}) };
}

function stuckWhy(state: Transit, { vm, to }: WantedMove): string {
  const { hosts, vms } = state.problem.cluster;
  const reason = state.why(vm, to);
  const name = `${vms[vm]?.name ?? ''} cannot get to ${hosts[to]?.name ?? ''}`;
  return reason === ''
    ? `${name} together with what has to move with it, and no host can take them meanwhile`
    : `${name} on the way: ${reason}, and no other host can take one of them meanwhile`;
}
