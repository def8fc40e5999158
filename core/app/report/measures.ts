import type { MigrationRecord } from '../../model/administration.js';
import type { RequestSample } from '../../model/load.js';
import { energyFigures } from './energy.js';
import { hostLoad } from './host-load.js';
import type { PhaseSpan, RequestFigures, RunRecord } from './report.js';
import { answeredTimes, percentile, summarise } from './summary.js';

/** How long before the first migration counts as "before" it. */
const BEFORE_MS = 5000;
/** How long after a migration its after-effects last: queues drain, caches and connections settle. */
const SETTLE_MS = 2000;

export interface MeasureInfo {
  /** `phase.NAME.…` stands for one measure per phase of the scenario, `event.NAME.…` for one per event, `vms.HOST.…` and `role.HOST` for one per host. */
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
  { name: 'migrations.firstMs', unit: 'ms', description: 'From the beginning until the first migration began.' },
  { name: 'migrations.lastMs', unit: 'ms', description: 'From the beginning until the last migration ended.' },
  { name: 'decisions.count', unit: 'decisions', description: 'Plans that were made, whatever their answer.' },
  { name: 'decisions.moving', unit: 'decisions', description: 'Those of them that moved something.' },
  {
    name: 'hosts.overloadedMs',
    unit: 'ms',
    description: 'Time that hosts were above the lowest "above" of a detector of their CPU, all hosts together.',
  },
  { name: 'hosts.longestOverloadMs', unit: 'ms', description: 'The longest such time of one host.' },
  { name: 'hosts.highestCpu', unit: 'fraction', description: 'Highest reading of the CPU of a host.' },
  {
    name: 'balance.before',
    unit: 'fraction',
    description: "Standard deviation of the hosts' CPU over the first 30 s: 0 is even.",
  },
  { name: 'balance.after', unit: 'fraction', description: 'The same over the last 30 s.' },
  { name: 'hosts.on', unit: 'hosts', description: 'Hosts that are switched on at the end.' },
  { name: 'hosts.leastOn', unit: 'hosts', description: 'Fewest hosts that were on at a time.' },
  { name: 'hosts.switchedOff', unit: 'times', description: 'How often a host was switched off.' },
  { name: 'hosts.woken', unit: 'times', description: 'How often a host was switched on again.' },
  {
    name: 'energy.kWh',
    unit: 'kWh',
    description: 'What the hosts drew, by their curves (watts) and readings of their CPU.',
  },
  {
    name: 'energy.allOnKWh',
    unit: 'kWh',
    description: 'The same with every host on all the time: those that were off would have idled.',
  },
  { name: 'energy.saved', unit: 'fraction', description: 'How much less energy.kWh is than energy.allOnKWh.' },
  { name: 'active.count', unit: 'VMs', description: 'VMs that use 25 % of their CPUs, or more, at the end.' },
  { name: 'active.mostOnHost', unit: 'VMs', description: 'The most of them on one host.' },
  {
    name: 'network.before',
    unit: 'Gbit/s × distance',
    description: 'Traffic between machines times its distance at the beginning, in the unit of <distances>.',
  },
  { name: 'network.after', unit: 'Gbit/s × distance', description: 'The same at the end.' },
  { name: 'event.NAME.count', unit: 'events', description: 'Events of that name that were raised.' },
  { name: 'event.NAME.firstMs', unit: 'ms', description: 'From the beginning until the first of them.' },
  { name: 'reading.PROBE.last', unit: "the probe's", description: 'The newest reading of that probe.' },
  { name: 'reading.PROBE.most', unit: "the probe's", description: 'Its highest reading, of whatever component.' },
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

/** The names an expectation can use in a scenario with these phases, hosts and events, in the order of {@link MEASURES}. */
export function measureNames(
  phases: readonly string[],
  hosts: readonly string[] = [],
  events: readonly string[] = [],
  probes: readonly string[] = [],
): string[] {
  const names = MEASURES.flatMap(({ name }) => {
    const each = (of: readonly string[], word: string) => of.map((one) => name.replace(word, () => one));
    if (name.startsWith('phase.NAME.')) return each(phases, 'NAME');
    if (name.startsWith('event.NAME.')) return each(events, 'NAME');
    if (name.startsWith('reading.PROBE.')) return each(probes, 'PROBE');
    return /\.HOST\b/.test(name) ? each(hosts, 'HOST') : [name];
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
  recordTimes(values, run, migrations);
  recordLoad(values, run);
  recordThrift(values, run);
  recordPlaces(values, run);
  for (const [probe, { last, most }] of Object.entries(run.readings ?? {})) {
    values[`reading.${probe}.last`] = last;
    values[`reading.${probe}.most`] = most;
  }

  const around = aroundMigration(run.requests, run.phases, migrations[0]);
  values['p95Ms.beforeMigration'] = p95(around.before);
  values['p95Ms.afterMigration'] = p95(around.after);
  return values;
}

/** What began when, from the beginning of the run. */
function recordTimes(
  values: Record<string, number | string>,
  { startedAt = NaN, events = {} }: RunRecord,
  migrations: readonly MigrationRecord[],
): void {
  values['migrations.firstMs'] = (migrations[0]?.startedAt ?? NaN) - startedAt;
  values['migrations.lastMs'] = maximum(migrations.map((one) => one.startedAt + one.elapsedMs)) - startedAt;
  for (const [name, times] of Object.entries(events)) {
    values[`event.${name}.count`] = times.length;
    values[`event.${name}.firstMs`] = times.length === 0 ? NaN : Math.min(...times) - startedAt;
  }
}

/** What the hosts had to carry, and what was decided about it. */
function recordLoad(values: Record<string, number | string>, { cpu = {}, cpuLimit, decisions }: RunRecord): void {
  const figures = hostLoad(cpu, cpuLimit);
  values['hosts.overloadedMs'] = figures.overloadedMs;
  values['hosts.longestOverloadMs'] = figures.longestOverloadMs;
  values['hosts.highestCpu'] = figures.highestCpu;
  values['balance.before'] = figures.spreadBefore;
  values['balance.after'] = figures.spreadAfter;
  values['decisions.count'] = decisions?.count ?? NaN;
  values['decisions.moving'] = decisions?.moving ?? NaN;
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

/** What was spared: hosts, energy, the network. */
function recordThrift(
  values: Record<string, number | string>,
  { power, cpu = {}, startedAt = NaN, durationMs, traffic, active }: RunRecord,
): void {
  const run = { curves: {}, changes: {}, ...power, cpu, from: startedAt, to: startedAt + durationMs };
  const figures = energyFigures(run);
  values['hosts.on'] = power ? figures.hostsOn : NaN;
  values['hosts.leastOn'] = power ? figures.leastHostsOn : NaN;
  values['hosts.switchedOff'] = power ? figures.switchedOff : NaN;
  values['hosts.woken'] = power ? figures.woken : NaN;
  values['energy.kWh'] = figures.kWh;
  values['energy.allOnKWh'] = figures.allOnKWh;
  values['energy.saved'] = 1 - figures.kWh / figures.allOnKWh;
  values['active.count'] = active?.count ?? NaN;
  values['active.mostOnHost'] = active?.mostOnHost ?? NaN;
  values['network.before'] = traffic?.before ?? NaN;
  values['network.after'] = traffic?.after ?? NaN;
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
