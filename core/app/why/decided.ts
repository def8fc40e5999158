import type { DecisionRecord, GateRecord } from '../../loop/decisions/decision-record.js';
import type { Move, Plan, PlanAnswer, Rejection } from '../../placement/cluster.js';
import { textTable } from '../text-table.js';
import { share, timeOf } from './entry-lines.js';

/** What the answers mean; they read differently because other things follow from them. */
const MEANINGS: Readonly<Partial<Record<PlanAnswer, string>>> = {
  move: 'Something is to be moved.',
  'nothing-to-do': 'Nothing to do: the goal holds already.',
  'no-gain': 'No gain: moves would fit, but none would help more than it costs. All stays where it is.',
  infeasible: 'Infeasible: the goal does not hold, and nothing that is allowed would reach it.',
  exhausted: 'Exhausted: it was tried as often as it may be.',
};

/** Rejections of one rule that are told one by one. */
const TOLD_EACH = 6;

/** What was decided, as sentences and tables. Pure. */
export function decidedLines({ parameters, plan, gate }: DecisionRecord): readonly string[] {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  const how = given.length === 0 ? '' : `, with ${given.map(([name, value]) => `${name} = ${value}`).join(', ')}`;
  const meaning = MEANINGS[plan.answer];
  const moves = plan.moves.length > 0 ? plan.moves : (plan.recommended ?? []);
  return [
    `The goal was ${plan.goal}${how}.`,
    ...(meaning === undefined
      ? [`The answer: ${plan.answer.replaceAll('-', ' ')}${plan.component === undefined ? '' : ` ${plan.component}`}.`]
      : [meaning]),
    `Because ${ended(plan.why)}`,
    ...(moves.length > 0 ? [movesTable(moves)] : []),
    ...conflictLines(plan),
    ...measuresTable(plan),
    ...(plan.wake?.length ? [`To be switched on first: ${plan.wake.join(', ')}.`] : []),
    ...(plan.powerOff?.length ? [`To be switched off afterwards: ${plan.powerOff.join(', ')}.`] : []),
    ...(gate ? [gateLine(gate)] : []),
  ];
}

function movesTable(moves: readonly Move[]): string {
  return textTable(
    ['step', 'VM', 'from', 'to', 'gain', 'cost', 'why'],
    moves.map(({ step = 0, vm, from, to, gain, cost, why }) => [
      String(step + 1),
      vm,
      from,
      to,
      gain.toFixed(2),
      cost === undefined ? '–' : cost.toFixed(2),
      why,
    ]),
  );
}

function conflictLines({ answer, conflict }: Plan): readonly string[] {
  if (answer !== 'infeasible') return [];
  if (!conflict || conflict.length === 0)
    return ['No smallest set of reasons is known; what spoke against each candidate stands below.'];
  if (conflict.length === 1)
    return [`What stands against it, and without which there would be a plan: ${conflict[0] ?? ''}.`];
  return [
    'These cannot hold together, and without any one of them there would be a plan:',
    ...conflict.map((text, index) => `  ${index + 1}. ${text}`),
  ];
}

function measuresTable({ before, after }: Plan): readonly string[] {
  const names = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])];
  if (names.length === 0) return [];
  const told = (value: number | undefined) => (value === undefined ? '–' : String(Math.round(value * 1000) / 1000));
  const rows = names.map((name) => [name, told(before?.[name]), told(after?.[name])]);
  return [textTable(['measure of the goal', 'before', 'predicted'], rows)];
}

function gateLine({ outcome, because, until }: GateRecord): string {
  if (outcome === 'recommended') return `It was told only, and not carried out: ${because}.`;
  if (outcome === 'held') return `It was not carried out: ${because}.`;
  return `It waited for an administrator${until === undefined ? '' : `, until ${timeOf(until)} at most`}: ${because}.`;
}

/** Candidates that were not taken, by the rule that spoke against them. */
export function rejectedLines({ plan, rejectedBy }: DecisionRecord): readonly string[] {
  const rules = Object.entries(rejectedBy).sort(([, a], [, b]) => a - b);
  return rules.flatMap(([rule, count]) => {
    const told = plan.rejected.filter((one) => one.rule === rule).slice(0, TOLD_EACH);
    const more = count - told.length;
    return [
      `${rule} (${count})`,
      ...told.map((one) => `  ${candidate(one)}: ${one.detail}`),
      ...(more > 0 ? [`  … and ${more} more`] : []),
    ];
  });
}

function candidate({ vm, to }: Rejection): string {
  return to === undefined ? vm : `${vm} → ${to}`;
}

/** CPU of the hosts concerned, as it was expected to become. */
export function predictedLines({ predicted }: DecisionRecord): readonly string[] {
  if (!predicted) return [];
  const hosts = Object.entries(predicted.hosts).map(([name, { before, after }]) => [name, share(before), share(after)]);
  return hosts.length === 0 ? [] : [textTable(['host', 'CPU before', 'CPU predicted'], hosts)];
}

function ended(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
