import type { Rejection } from './cluster.js';
import { findPlacement, World, type Budget, type Question } from './conflict/exact-search.js';
import { factTexts, factsOf, type Fact } from './conflict/facts.js';
import { conflictOfOne } from './conflict/single-vm.js';
import { gatherBlocks } from './constraints/gather.rule.js';
import type { HardRule, Problem } from './problem.js';

export type { Fact } from './conflict/facts.js';

/** What was asked for and found to be infeasible; hosts and VMs by their names. */
export interface ConflictQuestion {
  /** Hosts that are to be emptied. */
  readonly leave?: readonly string[];
  /** VMs that are to have a host, or another than those to be emptied. Absent: all on the hosts to be emptied. */
  readonly place?: readonly string[];
  /** Hosts whose CPU is to come below the limit. */
  readonly cool?: readonly string[];
  /** The limit, as in the request. */
  readonly below: number;
  /** Hosts that are off and may be switched on. */
  readonly wake?: readonly string[];
  /** What keeps VMs from going back to where they were. */
  readonly cycles?: HardRule | undefined;
  /** Why VMs may not move, for the words of it. */
  readonly rejected?: readonly Rejection[];
}

export type Conflict =
  | {
      readonly feasible: true;
      /** VMs that are elsewhere than at the beginning, with their hosts, as indexes: what was asked for can be met so. */
      readonly placement: ReadonlyMap<number, number>;
    }
  | {
      readonly feasible: false;
      /** In words. They cannot hold together; of these alone, without any one, there is a placement. */
      readonly conflict: readonly string[];
      readonly facts: readonly Fact[];
      /** False: the search was cut off by its bound, or other VMs were taken to stay; the last text says so. */
      readonly exact: boolean;
    };

export interface ConflictOptions {
  /** Placements looked at, at most, in all. Default: 200000, some tens of milliseconds. */
  readonly nodes?: number;
}

/** VMs that are free besides those concerned, at most: with more, no exact search ends. */
const SMALL = 12;

/**
 * Why something is infeasible: a smallest set of constraints and facts that contradict it. Found by deletion (Chinneck &
 * Dravnieks 1991): starting from all facts, each is left out for good where there is no placement without it either.
 * In a small cluster all VMs may move; in a larger one only those concerned, and the answer says so. Also finds that it
 * is feasible after all, where the search that gave up had missed a placement.
 */
export function smallestConflict(problem: Problem, asked: ConflictQuestion, options: ConflictOptions = {}): Conflict {
  const total = options.nodes ?? 200_000;
  const budget: Budget = { nodes: total };
  const question = questionOf(problem, asked);
  const wake = new Set(asked.wake);
  // what is to be emptied takes nothing, which is what was asked for and stands against it in no way
  const factsAbout = (free: readonly number[]) =>
    factsOf(problem, free, wake, asked.below, asked.cycles).filter(
      (fact) => !('host' in fact && question.leave.has(fact.host)),
    );
  const facts = factsAbout(question.free);
  const all = { ...question, free: Array.from({ length: problem.vms }, (_, vm) => vm) };
  if (all.free.length > question.free.length && all.free.length <= SMALL) {
    const part = { nodes: Math.floor(total / 4) };
    const every = factsAbout(all.free);
    const found = findPlacement(new World(problem, all), every, part);
    if (found) return { feasible: true, placement: found };
    if (found === false) {
      const kept = reduced(problem, all, every, budget);
      if (kept.exact) return told(problem, asked, all.required, kept.facts, []);
    }
  }
  const found = findPlacement(new World(problem, question), facts, { nodes: Math.floor(total / 4) });
  if (found) return { feasible: true, placement: found };
  const stay = question.free.length < problem.vms ? ['all other VMs stay where they are'] : [];
  if (found === undefined) {
    const cut = `the search was cut off after ${Math.floor(total / 4)} placements: there may be one that it did not see`;
    return told(problem, asked, question.required, factsAround(facts, question, problem), [...stay, cut]);
  }
  const narrow = narrowed(problem, question, facts);
  const alone = narrow !== question && narrow.free.length - narrow.absent.size === 1;
  let kept = alone
    ? { facts: conflictOfOne(problem, narrow, facts), exact: true }
    : reduced(problem, narrow, facts, budget);
  // what keeps one VM may keep the others too; in a large cluster it is told as it is
  if (narrow !== question && problem.hosts <= SMALL && !isMinimal(problem, question, kept.facts, budget))
    kept = reduced(problem, question, facts, budget);
  const cut = kept.exact ? [] : ['the search was cut off by its bound: a smaller set may do'];
  const notes = othersMatter(problem, narrow, kept.facts) ? stay : [];
  return told(problem, asked, narrow.required, kept.facts, [...notes, ...cut]);
}

/** Whether there would be a placement if the VMs that are taken to stay were not there at all. */
function othersMatter(problem: Problem, question: Question, facts: readonly Fact[]): boolean {
  const free = new Set(question.free);
  const absent = new Set(question.absent);
  for (let vm = 0; vm < problem.vms; vm += 1) if (!free.has(vm)) absent.add(vm);
  return findPlacement(new World(problem, { ...question, absent }), facts, { nodes: 5000 + problem.hosts }) !== false;
}

function told(
  problem: Problem,
  asked: ConflictQuestion,
  required: readonly number[],
  facts: readonly Fact[],
  notes: readonly string[],
): Conflict {
  const vms = required.length > 0 ? required : vmsOn(problem, asked.cool ?? []);
  const texts = factTexts(problem, [...facts].reverse(), vms, asked.rejected ?? [], asked.below);
  return { feasible: false, conflict: [...texts, ...notes], facts, exact: notes.length === 0 };
}

function questionOf(problem: Problem, asked: ConflictQuestion): Question {
  const index = (name: string) => problem.hostIndex.get(name) ?? -1;
  const leave = new Set((asked.leave ?? []).map(index));
  const named = (asked.place ?? []).map((name) => problem.vmIndex.get(name) ?? -1).filter((vm) => vm >= 0);
  const required = asked.place ? named : vmsOn(problem, asked.leave ?? []);
  const cool = new Set((asked.cool ?? []).map(index));
  const free = new Set([...required, ...vmsOn(problem, asked.cool ?? [])]);
  for (const block of gatherBlocks(problem.cluster)) {
    if (block.some((vm) => free.has(vm))) for (const vm of block) free.add(vm);
  }
  return { free: [...free], required, leave, cool, absent: new Set(), below: asked.below, cycles: asked.cycles };
}

/** Running VMs of hosts: what does not run is not migrated live, and so not asked for. */
function vmsOn({ start, hostIndex, cluster }: Problem, hosts: readonly string[]): readonly number[] {
  const indexes = new Set(hosts.map((name) => hostIndex.get(name) ?? -1));
  const found: number[] = [];
  start.forEach((host, vm) => {
    if (host >= 0 && indexes.has(host) && cluster.vms[vm]?.running === true) found.push(vm);
  });
  return found;
}

/** The question for one VM alone, where that has no answer already: the other required ones then do not matter. */
function narrowed(problem: Problem, question: Question, facts: readonly Fact[]): Question {
  if (question.cool.size > 0 || question.required.length < 2) return question;
  for (const vm of question.required) {
    const absent = new Set(question.required.filter((other) => other !== vm));
    const alone = { ...question, required: [vm], absent };
    if (findPlacement(new World(problem, alone), facts, { nodes: 5000 + problem.hosts }) === false) return alone;
  }
  return question;
}

/** Leaves out facts, first in halves and then one by one, as long as there is no placement without them either. */
function reduced(
  problem: Problem,
  question: Question,
  facts: readonly Fact[],
  budget: Budget,
): { readonly facts: readonly Fact[]; readonly exact: boolean } {
  const world = new World(problem, question);
  let kept = facts;
  let exact = true;
  for (let size = Math.ceil(facts.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length;) {
      const without = [...kept.slice(0, at), ...kept.slice(at + size)];
      const part = { nodes: Math.min(20_000, Math.max(0, budget.nodes)) };
      const given = part.nodes;
      const found = findPlacement(world, without, part);
      budget.nodes -= given - Math.max(0, part.nodes);
      if (found === false) {
        kept = without;
        continue;
      }
      if (found === undefined && size === 1) exact = false;
      if (budget.nodes <= 0) return { facts: kept, exact: false };
      at += size;
    }
  }
  return { facts: kept, exact };
}

function isMinimal(problem: Problem, question: Question, facts: readonly Fact[], budget: Budget): boolean {
  const world = new World(problem, question);
  return facts.every((fact) => {
    const without = facts.filter((other) => other !== fact);
    return findPlacement(world, without, { nodes: Math.min(20_000, Math.max(0, budget.nodes)) }) !== false;
  });
}

/** What is worth telling where no set could be proven: constraints on the VMs concerned, and what keeps them. */
function factsAround(facts: readonly Fact[], question: Question, problem: Problem): readonly Fact[] {
  const required = new Set(question.required);
  return facts.filter((fact) => {
    if (fact.kind === 'constraint') return true;
    if ('vm' in fact) return required.has(fact.vm);
    return fact.kind !== 'vcpus' && !question.leave.has(fact.host) && fact.host < problem.hosts;
  });
}
