import type { Cluster, Move, Rejection } from './cluster.js';
import { compileProblem } from './compile-problem.js';
import { startAssignment } from './assignment.js';
import { compileRules } from './constraints/index.js';
import type { Problem } from './problem.js';

/** Of moves that were planned before: which may begin now, side by side, and which must not any more, and why. */
export interface CheckedStep<M extends StepMove> {
  readonly go: readonly M[];
  readonly skip: readonly { readonly move: M; readonly why: string; readonly rule: Rejection['rule'] }[];
}

export type StepMove = Pick<Move, 'vm' | 'to'> & Partial<Pick<Move, 'from' | 'step'>>;

/**
 * Checks moves of one step against the present state of the cluster: that each VM runs where it was, that every hard rule
 * holds once all of them have ended, and that targets have room while the sources still hold what leaves them. `below` is
 * the fraction of its CPU that no target may be brought to; absent: any load may be. Of moves that do not fit together
 * the later ones are left out.
 */
export function checkStep<M extends StepMove>(cluster: Cluster, moves: readonly M[], below = Infinity): CheckedStep<M> {
  const skip: { readonly move: M; readonly why: string; readonly rule: Rejection['rule'] }[] = [];
  const problem = compileProblem(cluster, { below });
  const anyLoad = below === Infinity;
  let go = moves.filter((move) => {
    const stays = whyItStays(problem, move, anyLoad);
    if (stays) skip.push({ move, ...stays });
    return !stays;
  });
  // leaving one out may take room, or company, from another
  for (;;) {
    const broken = firstBroken(problem, go);
    if (!broken) return { go, skip };
    skip.push(broken);
    go = go.filter((move) => move !== broken.move);
  }
}

/** `anyLoad`: what it uses does not matter. */
function whyItStays({ cluster, vmIndex, hostIndex }: Problem, { vm: name, from, to }: StepMove, anyLoad: boolean) {
  const vm = cluster.vms[vmIndex.get(name) ?? -1];
  const stays = (rule: Rejection['rule'], why: string) => ({ rule, why });
  if (!vm) return stays('not-running', `there is no VM ${name} any more`);
  if (!vm.running) return stays('not-running', `${name} is not running`);
  if (from !== undefined && vm.host !== from) return stays('not-running', `${name} is on ${vm.host}, not on ${from}`);
  if (!hostIndex.has(to)) return stays('not-accepting', `there is no host ${to}`);
  if (vm.locked !== undefined) return stays('locked', `${name} stays: ${vm.locked}`);
  if (vm.cpuUsed === undefined && !anyLoad) return stays('no-fresh-reading', `no fresh CPU reading of ${name}`);
  return undefined;
}

/** The last move that breaks a rule when all are made, or that its target has no room for while they run. */
function firstBroken<M extends StepMove>(problem: Problem, moves: readonly M[]) {
  const { vmIndex, hostIndex, memory, memoryLimit, cpu, cpuLimit, cluster } = problem;
  const assignment = startAssignment(problem);
  const rules = compileRules(problem, assignment);
  const indexed = moves.map((move) => ({
    move,
    vm: vmIndex.get(move.vm) ?? -1,
    to: hostIndex.get(move.to) ?? -1,
  }));
  const memoryOn = Float64Array.from(assignment.memoryOn);
  const cpuOn = Float64Array.from(assignment.cpuOn);
  for (const { vm, to } of indexed) {
    const at = assignment.hostOf[vm] ?? -1;
    memoryOn[to]! += memory[vm]!;
    cpuOn[to]! += cpu[vm]! || 0;
    assignment.move(vm, to);
    for (const rule of rules) if (rule.concerns?.has(vm) !== false) rule.moved(vm, at, to);
  }
  for (const { move, vm, to } of [...indexed].reverse()) {
    const broken = rules.find((rule) => rule.concerns?.has(vm) !== false && !rule.allows(vm, to));
    if (broken) return { move, rule: broken.rule, why: broken.why(vm, to) };
    const target = cluster.hosts[to]?.name ?? '';
    if (memoryOn[to]! > memoryLimit[to]! + ROUNDING)
      return { move, rule: 'memory' as const, why: `${target} has no room for ${move.vm} before others have left it` };
    if (cpuOn[to]! >= cpuLimit[to]!)
      return {
        move,
        rule: 'would-overload' as const,
        why: `${target} is too busy for ${move.vm} before others have left`,
      };
  }
  return undefined;
}

/** Sums of many numbers are not exact. */
const ROUNDING = 1e-6;
