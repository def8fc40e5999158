import pc from 'picocolors';
import type { Cluster, Move, Plan } from '../../placement/cluster.js';
import { textTable } from '../text-table.js';
import { hostBars } from './host-bars.js';

/** So many moves are shown; `--json` has them all. */
const MOST_MOVES = 200;

type Paint = ReturnType<typeof pc.createColors>;

/**
 * A plan for people: its moves by step, every host before and after it, and what it comes to. Without colours where the
 * terminal has none.
 */
export function planText(plan: Plan, before: Cluster, after: Cluster, colour: boolean = pc.isColorSupported): string {
  const paint = pc.createColors(colour);
  const sections = [
    plan.moves.length > 0 ? moveTable(plan.moves, paint) : '',
    switching(plan),
    hostBars(before, after, colour),
    conflict(plan, paint),
    notMoved(plan),
    summary(plan, paint),
  ];
  return sections.filter((section) => section !== '').join('\n\n');
}

function moveTable(moves: readonly Move[], paint: Paint): string {
  const rows = moves
    .slice(0, MOST_MOVES)
    .map(({ step = 0, vm, from, to, gain, cost, why }) => [
      String(step + 1),
      clean(vm),
      clean(from),
      clean(to),
      cost === undefined || cost === 0 ? digits(gain) : `${digits(gain)} for ${digits(cost)}`,
      clean(why),
    ]);
  const more = moves.length - rows.length;
  const table = textTable(['Step', 'VM', 'From', 'To', 'Gain', 'Why'], rows);
  return more > 0 ? `${table}\n${paint.dim(`… and ${more} more moves; --json has them all`)}` : table;
}

function switching({ wake = [], powerOff = [] }: Plan): string {
  const lines = [
    ...(wake.length > 0 ? [`Switched on before: ${wake.map(clean).join(', ')}`] : []),
    ...(powerOff.length > 0 ? [`Switched off afterwards: ${powerOff.map(clean).join(', ')}`] : []),
  ];
  return lines.join('\n');
}

function conflict({ conflict: facts = [] }: Plan, paint: Paint): string {
  if (facts.length === 0) return '';
  return `${paint.bold('What cannot hold together:')}\n${facts.map((fact) => `  ${clean(fact)}`).join('\n')}`;
}

/** How many candidates each rule was against. */
function notMoved({ rejected }: Plan): string {
  const counts = new Map<string, number>();
  for (const { rule } of rejected) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  if (counts.size === 0) return '';
  const told = [...counts].sort(([, a], [, b]) => b - a).map(([rule, count]) => `${count} ${rule}`);
  return `Looked at and not taken: ${told.join(', ')} (--json tells each)`;
}

function summary({ answer, moves, before = {}, after = {}, elapsedMs, why }: Plan, paint: Paint): string {
  const colour = answer === 'infeasible' ? paint.red : answer === 'move' ? paint.green : paint.yellow;
  const vms = new Set(moves.map(({ vm }) => vm)).size;
  const steps = new Set(moves.map(({ step = 0 }) => step)).size;
  const counted = vms === 0 ? '' : ` ${amountOf(vms, 'VM')} in ${amountOf(steps, 'step')};`;
  const measures = Object.entries(before)
    .filter(([name]) => name !== 'vmsMoved')
    .map(([name, value]) => {
      const then = after[name] ?? value;
      return vms === 0 ? `${name} ${digits(value)}` : `${name} ${digits(value)} → ${digits(then)}`;
    });
  const took = elapsedMs === undefined ? '' : `; decided in ${seconds(elapsedMs)}`;
  return `${colour(paint.bold(answer))}:${counted} ${measures.join(', ')}${took}\n${clean(why)}`;
}

function amountOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** Four digits that count. */
function digits(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Names come from files: nothing in them may steer the terminal. */
export function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
}
