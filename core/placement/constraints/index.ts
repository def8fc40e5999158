/**
 * The constraints of a cluster, compiled for one assignment: hard ones as rules that answer in constant time, soft ones as
 * terms of what a search makes smaller. One file for each kind; to add one, add its file and its line in the table here.
 */
import type { Constraint } from '../../model/deployment.js';
import type { Assignment, HardRule, Problem } from '../problem.js';
import { cpuRules, memoryRule, vcpuRule } from './capacity.rules.js';
import { gatherRule } from './gather.rule.js';
import { acceptingRule, cpuModelRule, poweredRule } from './host.rules.js';
import { onlineRule } from './online.rule.js';
import { pinRule } from './pin.rule.js';
import { reserveRule } from './reserve.rule.js';
import { spreadRule } from './spread.rule.js';

export { gatherBlocks } from './gather.rule.js';
export { isOf, limitsAfterReserves, limitsOf, reservedOn, type HostLimits } from './limits.js';
export { hostsNamed, isMember, membersOf } from './members.js';
export { mayPowerOff } from './online.rule.js';
export { softTerms } from './soft-terms.js';
export { constraintName } from './words.js';

export interface RuleOptions {
  /** Hosts that are off and may be switched on for the plan. */
  readonly wake?: Iterable<string>;
  /** Kinds of constraints that are looked after elsewhere. */
  readonly without?: readonly Constraint['type'][];
}

/** Rules of one constraint; those of `reserve` count together, so they are compiled once for all. */
const COMPILERS: Readonly<
  Record<Constraint['type'], (assignment: Assignment, constraint: Constraint) => HardRule | undefined>
> = {
  spread: spreadRule,
  gather: gatherRule,
  pin: pinRule,
  ban: pinRule,
  reserve: () => undefined,
  online: onlineRule,
};

/**
 * Every hard rule of a problem: what hosts can hold, which of them take VMs, CPU models, and the hard constraints that
 * concern any VM. Those that concern few VMs say so in `concerns`. All count in `assignment`, as it is when this is called.
 */
export function compileRules(problem: Problem, assignment: Assignment, options: RuleOptions = {}): readonly HardRule[] {
  const rules: (HardRule | undefined)[] = [
    poweredRule(assignment, new Set(options.wake)),
    acceptingRule(assignment),
    cpuModelRule(assignment),
    reserveRule(assignment),
    memoryRule(assignment),
    vcpuRule(assignment),
    ...cpuRules(assignment),
  ];
  for (const constraint of problem.cluster.constraints ?? []) {
    if (constraint.strength === 'hard' && options.without?.includes(constraint.type) !== true)
      rules.push(COMPILERS[constraint.type](assignment, constraint));
  }
  return rules.filter((rule) => rule !== undefined).filter(({ concerns }) => concerns?.size !== 0);
}

/**
 * The rules that concern each VM, so that a candidate is asked only of those.
 * With `rules = rulesByVm(problem, compileRules(…))`, a move fits where `rules[vm].every((rule) => rule.allows(vm, to))`.
 */
export function rulesByVm(problem: Problem, rules: readonly HardRule[]): readonly (readonly HardRule[])[] {
  const general = rules.filter(({ concerns }) => concerns === undefined);
  const special = new Map<number, HardRule[]>();
  for (const rule of rules) {
    for (const vm of rule.concerns ?? []) {
      const own = special.get(vm);
      if (own) own.push(rule);
      else special.set(vm, [...general, rule]);
    }
  }
  return Array.from({ length: problem.vms }, (_, vm) => special.get(vm) ?? general);
}
