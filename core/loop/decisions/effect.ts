import type { Predicted } from './decision-record.js';

/** How one move of a decision ended. */
export interface MoveEnd {
  readonly outcome: 'moved' | 'failed' | 'not begun' | 'unknown';
  readonly at: number;
  readonly why?: string;
  readonly durationMs?: number;
  readonly downtimeMs?: number;
}

/** A move of a decision, and how it ended, once it has. */
export interface FollowedMove {
  readonly vm: string;
  readonly from: string;
  readonly to: string;
  /** Its migration was begun. */
  readonly begun?: boolean;
  readonly end?: MoveEnd;
}

/** One thing that was predicted, and what it was. Shares are of a host's capacity; times in milliseconds. */
export interface EffectMeasure {
  readonly name: string;
  readonly unit: 'share' | 'ms';
  readonly before?: number;
  readonly predicted?: number;
  /** Absent: nothing was measured. */
  readonly actual?: number;
}

/** In words, for people and programs alike. `not done`: nothing was moved; `unknown`: nobody could look. */
export type EffectVerdict = 'as predicted' | 'helped less' | 'did not help' | 'not done' | 'unknown';

/** The data of a journal entry of kind `effect`, whose cause is the decision. */
export interface EffectRecord {
  readonly decision: number;
  readonly verdict: EffectVerdict;
  readonly measures: readonly EffectMeasure[];
  readonly moves: readonly FollowedMove[];
}

/** From this share of the predicted relief on it is as predicted, below that one it did not help. */
const AS_PREDICTED = 0.75;
const DID_NOT_HELP = 0.25;
/** Less relief than that is not what a decision was for: the moves themselves are. */
const NO_RELIEF = 0.02;

/** What came of a decision; pure. `actual`: CPU of a host since its moves ended, as a share. */
export function effectOf(
  decision: number,
  predicted: Predicted | undefined,
  moves: readonly FollowedMove[],
  actual: (host: string) => number | undefined,
): EffectRecord {
  const hosts = Object.entries(predicted?.hosts ?? {}).map(([name, { before, after }]) => {
    const measured = actual(name);
    return { name, before, after, ...(measured === undefined ? {} : { measured }) };
  });
  const measures: EffectMeasure[] = hosts.map(({ name, before, after, measured }) => ({
    name: `CPU of ${name}`,
    unit: 'share',
    before,
    predicted: after,
    ...(measured === undefined ? {} : { actual: Math.round(measured * 10_000) / 10_000 }),
  }));
  for (const { vm, end } of moves) {
    const expected = predicted?.moves.find((one) => one.vm === vm);
    if (end?.outcome !== 'moved') continue;
    measures.push(
      timed(`duration of ${vm}`, expected?.durationMs, end.durationMs),
      timed(`downtime of ${vm}`, expected?.downtimeMs, end.downtimeMs),
    );
  }
  return { decision, verdict: verdictOf(hosts, moves), measures, moves };
}

function timed(name: string, predicted: number | undefined, actual: number | undefined): EffectMeasure {
  return {
    ...{ name, unit: 'ms' },
    ...(predicted === undefined ? {} : { predicted }),
    ...(actual === undefined ? {} : { actual }),
  };
}

function verdictOf(
  hosts: readonly { readonly before: number; readonly after: number; readonly measured?: number }[],
  moves: readonly FollowedMove[],
): EffectVerdict {
  const done = moves.filter(({ end }) => end?.outcome === 'moved').length;
  if (done === 0) return moves.some(({ end }) => end?.outcome === 'unknown') ? 'unknown' : 'not done';
  // what a host gave away is what the decision was for; what another one took follows from it
  const relieved = hosts.filter(({ before, after }) => after < before);
  const wanted = relieved.reduce((sum, { before, after }) => sum + before - after, 0);
  if (wanted < NO_RELIEF) return done === moves.length ? 'as predicted' : 'helped less';
  if (relieved.some(({ measured }) => measured === undefined)) return 'unknown';
  const got = relieved.reduce((sum, { before, measured = before }) => sum + before - measured, 0);
  if (got >= AS_PREDICTED * wanted) return 'as predicted';
  return got >= DID_NOT_HELP * wanted ? 'helped less' : 'did not help';
}

const VERDICTS: Readonly<Record<EffectVerdict, string>> = {
  'as predicted': 'it helped as predicted',
  'helped less': 'it helped less than predicted',
  'did not help': 'it did not help',
  'not done': 'nothing of it was done',
  unknown: 'what came of it is not known',
};

/** One line for the journal. */
export function effectText({ verdict, measures, moves }: EffectRecord): string {
  const cpu = measures
    .filter(({ unit, actual }) => unit === 'share' && actual !== undefined)
    .map(
      ({ name, before, predicted, actual }) =>
        `${name} ${percent(before)} → ${percent(actual)} (predicted ${percent(predicted)})`,
    );
  const undone = moves.flatMap(({ vm, end }) =>
    end && end.outcome !== 'moved' ? [`${vm} ${end.outcome}${end.why === undefined ? '' : ` (${end.why})`}`] : [],
  );
  const details = [...cpu, ...undone].join(', ');
  return `${VERDICTS[verdict]}${details === '' ? '' : `: ${details}`}`;
}

function percent(share: number | undefined): string {
  return share === undefined ? '?' : `${Math.round(share * 100)} %`;
}
