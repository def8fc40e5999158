import type { MigrationRecord } from '../../model/administration.js';
import type { RequestSample } from '../../model/load.js';
import type { PhaseSpan, RequestFigures, RunRecord } from './report.js';
import { answeredTimes, percentile, summarise } from './summary.js';

/** How long before the first migration counts as "before" it. */
const BEFORE_MS = 5000;
/** How long after a migration its after-effects last: queues drain, caches and connections settle. */
const SETTLE_MS = 2000;

export interface MeasureInfo {
  /** `phase.NAME.…` stands for one measure per phase of the scenario, `vms.HOST.…` and `role.HOST` for one per host. */
  readonly name: string;
  /** `text`: it is a text, and can only be compared by `equals`. */
  readonly unit: string;
  readonly description: string;
}

/** Every measure that an expectation of a scenario can name, in the order of documentation. */
export const MEASURES: readonly MeasureInfo[] = [
  { name: 'requests.total', unit: 'requests', description: 'Requests that were sent in all phases.' },
  {
    name: 'requests.failed',
    unit: 'requests',
    description: 'Requests with no answer in time or a status from 400 on.',
  },
  { name: 'requests.p50Ms', unit: 'ms', description: 'Median response time of answered requests.' },
  { name: 'requests.p95Ms', unit: 'ms', description: '95th percentile of response time of answered requests.' },
  { name: 'requests.maxMs', unit: 'ms', description: 'Longest response time of answered requests.' },
  { name: 'phase.NAME.total', unit: 'requests', description: 'Requests that were due in that phase.' },
  { name: 'phase.NAME.failed', unit: 'requests', description: 'Requests of that phase that failed.' },
  { name: 'phase.NAME.p50Ms', unit: 'ms', description: 'Median response time in that phase.' },
  { name: 'phase.NAME.p95Ms', unit: 'ms', description: '95th percentile of response time in that phase.' },
  { name: 'phase.NAME.maxMs', unit: 'ms', description: 'Longest response time in that phase.' },
  { name: 'worker.count', unit: 'back ends', description: 'Back ends that answered at least one request.' },
  {
    name: 'worker.leastShare',
    unit: 'fraction',
    description: 'Share of all answered requests that the least loaded back end answered; 0.5 is even for two.',
  },
  { name: 'migrations.count', unit: 'migrations', description: 'Live migrations that ended well.' },
  { name: 'migrations.out', unit: 'migrations', description: 'Those that led a VM away from the host it started on.' },
  { name: 'migrations.back', unit: 'migrations', description: 'Those that brought a VM back to its first host.' },
  { name: 'migrations.maxElapsedMs', unit: 'ms', description: 'Longest migration, from its start to its end.' },
  { name: 'migrations.maxDowntimeMs', unit: 'ms', description: 'Longest standstill of a guest in a migration.' },
  { name: 'migrations.mostOfOne', unit: 'migrations', description: 'Most migrations of one VM.' },
  { name: 'vms.HOST.count', unit: 'VMs', description: 'VMs on that host at the end.' },
  {
    name: 'vms.HOST.names',
    unit: 'text',
    description: 'Their names, with spaces between them, in the order of their numbers.',
  },
  {
    name: 'role.HOST',
    unit: 'text',
    description: 'The role of that peer at the end: idle, overloaded or underloaded.',
  },
  { name: 'peers.overloaded', unit: 'hosts', description: 'Peers that are overloaded at the end.' },
  { name: 'peers.underloaded', unit: 'hosts', description: 'Peers that are underloaded at the end.' },
  {
    name: 'settled.ms',
    unit: 'ms',
    description:
      'From the beginning until the last migration ended or the last peer changed its role; none where it had not settled within its time.',
  },
  {
    name: 'reaction.maxMs',
    unit: 'ms',
    description: 'Longest time from what caused a migration away from a first host to the end of that migration.',
  },
  {
    name: 'p95Ms.beforeMigration',
    unit: 'ms',
    description: `95th percentile of requests due in the ${BEFORE_MS / 1000} s before the first migration, in its phase.`,
  },
  {
    name: 'p95Ms.afterMigration',
    unit: 'ms',
    description: `95th percentile of requests due from ${SETTLE_MS / 1000} s after the first migration's end to the end of its phase.`,
  },
];

/** The names an expectation can use in a scenario with these phases and hosts, in the order of {@link MEASURES}. */
export function measureNames(phases: readonly string[], hosts: readonly string[] = []): string[] {
  const names = MEASURES.flatMap(({ name }) => {
    if (name.startsWith('phase.NAME.')) return phases.map((phase) => name.replace('NAME', () => phase));
    return /\.HOST\b/.test(name) ? hosts.map((host) => name.replace('HOST', () => host)) : [name];
  });
  return [...new Set(names)];
}

const TEXTS = MEASURES.filter(({ unit }) => unit === 'text').map(({ name }) => name.split('HOST') as [string, string]);

/** Whether a measure is a text rather than a number. */
export function isText(name: string): boolean {
  return TEXTS.some(([before, after]) => name.startsWith(before) && name.endsWith(after));
}

/**
 * Every measure of a run by name. One that this run gives no value for (a downtime without any migration) is `NaN`,
 * which no comparison holds for.
 */
export function measures(run: RunRecord): Record<string, number | string> {
  const summary = summarise(run.requests, run.phases, run.workers);
  const values: Record<string, number | string> = {};
  record(values, 'requests', summary);
  for (const phase of summary.phases) record(values, `phase.${phase.name}`, phase);

  const shares = Object.values(summary.workers);
  const answered = shares.reduce((sum, count) => sum + count, 0);
  values['worker.count'] = shares.filter((count) => count > 0).length;
  values['worker.leastShare'] = answered === 0 ? NaN : Math.min(...shares) / answered;

  const migrations = [...run.migrations].sort((a, b) => a.startedAt - b.startedAt);
  const away = migrationsAway(migrations);
  values['migrations.count'] = migrations.length;
  values['migrations.out'] = away.length;
  values['migrations.back'] = migrations.length - away.length;
  values['migrations.maxElapsedMs'] = maximum(migrations.map((migration) => migration.elapsedMs));
  values['migrations.maxDowntimeMs'] = maximum(migrations.map((migration) => migration.downtimeMs));
  values['reaction.maxMs'] = maximum(
    away.flatMap(({ causedAt, startedAt, elapsedMs }) =>
      causedAt === undefined ? [] : [startedAt + elapsedMs - causedAt],
    ),
  );

  values['migrations.mostOfOne'] = mostOfOne(migrations);
  recordPlaces(values, run);

  const around = aroundMigration(run.requests, run.phases, migrations[0]);
  values['p95Ms.beforeMigration'] = p95(around.before);
  values['p95Ms.afterMigration'] = p95(around.after);
  return values;
}

/** Where the VMs are at the end, and what their hosts say of it. */
function recordPlaces(values: Record<string, number | string>, { distribution, roles, settledMs }: RunRecord): void {
  for (const [host, names] of Object.entries(distribution?.after ?? {})) {
    values[`vms.${host}.count`] = names.length;
    values[`vms.${host}.names`] = names.join(' ');
    values[`role.${host}`] = roles?.[host] ?? NaN;
  }
  for (const role of ['overloaded', 'underloaded'] as const)
    values[`peers.${role}`] = roles ? Object.values(roles).filter((each) => each === role).length : NaN;
  values['settled.ms'] = settledMs ?? NaN;
}

function mostOfOne(migrations: readonly MigrationRecord[]): number {
  const counts = new Map<string, number>();
  for (const { vm } of migrations) counts.set(vm, (counts.get(vm) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** Migrations (in the order of time) that led a VM to another host than the one it was first seen on. */
function migrationsAway(migrations: readonly MigrationRecord[]): MigrationRecord[] {
  const firstHost = new Map<string, string>();
  return migrations.filter(({ vm, from, to }) => {
    if (!firstHost.has(vm)) firstHost.set(vm, from);
    return to !== firstHost.get(vm);
  });
}

/** The requests just before and after a migration under one and the same load: those of the phase it started in. */
function aroundMigration(
  requests: readonly RequestSample[],
  phases: readonly PhaseSpan[],
  migration: MigrationRecord | undefined,
): { before: RequestSample[]; after: RequestSample[] } {
  if (!migration) return { before: [], after: [] };
  const { startedAt, elapsedMs } = migration;
  const phase = phases.find(({ from, to }) => startedAt >= from && startedAt < to);
  const settledAt = startedAt + elapsedMs + SETTLE_MS;
  const comparable = phase ? requests.filter((request) => request.phase === phase.name) : requests;
  return {
    before: comparable.filter(({ at }) => at >= startedAt - BEFORE_MS && at < startedAt),
    after: comparable.filter(({ at }) => at >= settledAt),
  };
}

function record(values: Record<string, number | string>, prefix: string, figures: RequestFigures): void {
  values[`${prefix}.total`] = figures.total;
  values[`${prefix}.failed`] = figures.failed;
  values[`${prefix}.p50Ms`] = figures.p50Ms ?? NaN;
  values[`${prefix}.p95Ms`] = figures.p95Ms ?? NaN;
  values[`${prefix}.maxMs`] = figures.maxMs ?? NaN;
}

function p95(samples: readonly RequestSample[]): number {
  return percentile(answeredTimes(samples), 0.95) ?? NaN;
}

function maximum(values: readonly number[]): number {
  return values.length === 0 ? NaN : Math.max(...values);
}
