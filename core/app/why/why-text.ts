import pc from 'picocolors';
import type { JournalEntry } from '../../model/administration.js';
import type { Explanation } from '../../model/control-commands.js';
import type { DecisionRecord } from '../../loop/decisions/decision-record.js';
import type { EffectMeasure, EffectRecord } from '../../loop/decisions/effect.js';
import { textTable } from '../text-table.js';
import { decidedLines, predictedLines, rejectedLines } from './decided.js';
import { durationText, entryLine, share, timeOf } from './entry-lines.js';
import { seenLines } from './seen.js';

/** Entries of what followed that are worth a line in a decision's own account. */
const DONE_KINDS = new Set(['control', 'operation', 'migration', 'component', 'trouble']);

/** An explanation for people: of a decision in full, of anything else the chain that it stands in. Pure. */
export function whyText(explanation: Explanation): string {
  const { entry, causes, followed } = explanation;
  const record = recordOf(entry);
  return [
    pc.bold(`${entry.kind} ${entry.id}, ${timeOf(entry.at)}, ${entry.subject}`),
    entry.text,
    ...(record ? decisionLines(record, followed) : followedLines(followed)),
    ...section('How it came to this', [...causes, entry].map(entryLine)),
  ].join('\n');
}

function decisionLines(record: DecisionRecord, followed: readonly JournalEntry[]): readonly string[] {
  const done = followed.filter(({ kind }) => DONE_KINDS.has(kind));
  const effect = effectIn(followed);
  const moves = record.plan.moves.length > 0;
  return [
    ...section('What was seen', seenLines(record)),
    ...section('What was decided', decidedLines(record)),
    ...section('Alternatives that were rejected, by rule', rejectedLines(record)),
    ...section('What was predicted', predictedLines(record)),
    ...section('What was done', done.length > 0 ? done.map(entryLine) : moves ? ['Nothing yet.'] : []),
    ...section('What came of it', effect ? effectLines(effect) : moves ? ['It was not told yet.'] : []),
  ];
}

/** Of an entry that is no decision: what followed from it, the decisions first. */
function followedLines(followed: readonly JournalEntry[]): readonly string[] {
  const decisions = followed.filter(({ kind }) => kind === 'decision');
  return [
    ...section('Decisions that followed from it', decisions.map(entryLine)),
    ...section(
      'What else followed',
      followed.filter(({ kind }) => kind !== 'decision' && kind !== 'step').map(entryLine),
    ),
  ];
}

const VERDICTS: Readonly<Record<EffectRecord['verdict'], string>> = {
  'as predicted': 'It helped as predicted.',
  'helped less': 'It helped less than predicted.',
  'did not help': 'It did not help.',
  'not done': 'Nothing of it was done.',
  unknown: 'What came of it is not known.',
};

function effectLines({ verdict, measures, moves }: EffectRecord): readonly string[] {
  const rows = measures.map((measure) => [
    measure.name,
    told(measure, measure.before),
    told(measure, measure.predicted),
    told(measure, measure.actual),
  ]);
  const undone = moves.flatMap(({ vm, from, to, end }) =>
    end && end.outcome !== 'moved'
      ? [`${vm} from ${from} to ${to}: ${end.outcome}${end.why === undefined ? '' : `, ${end.why}`}.`]
      : [],
  );
  return [
    VERDICTS[verdict],
    ...undone,
    ...(rows.length > 0 ? [textTable(['measure', 'before', 'predicted', 'actual'], rows)] : []),
  ];
}

function told({ unit }: EffectMeasure, value: number | undefined): string {
  if (value === undefined) return '–';
  return unit === 'share' ? share(value) : durationText(value);
}

function effectIn(followed: readonly JournalEntry[]): EffectRecord | undefined {
  return followed.find(({ kind }) => kind === 'effect')?.data?.['effect'] as EffectRecord | undefined;
}

/** Entries of former versions, and decisions of peers, carry no such record. */
function recordOf({ kind, data }: JournalEntry): DecisionRecord | undefined {
  if (kind !== 'decision' || !data?.['plan'] || !data['rejectedBy'] || !data['parameters']) return undefined;
  return data as unknown as DecisionRecord;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', pc.bold(title), ...lines];
}
