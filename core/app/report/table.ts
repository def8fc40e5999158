import Table from 'cli-table3';
import pc from 'picocolors';
import type { MigrationRecord } from '../../model/administration.js';
import type { PeerRole } from '../../model/peer.js';
import { COMPARISONS } from './expectations.js';
import type { ExpectationResult, RequestFigures, ScenarioReport } from './report.js';

type Cell = string | { content: string; hAlign: 'right' };

/**
 * The report for the terminal: requests by phase, migrations, expectations, and the verdict.
 * `colour` defaults to what the terminal can do, NO_COLOR and FORCE_COLOR included.
 */
export function reportTable(report: ScenarioReport, colour: boolean = pc.isColorSupported): string {
  const paint = pc.createColors(colour);
  const sections = [
    report.requests.phases.length > 0 || !report.roles ? requestTable(report, paint) : '',
    backEnds(report),
    distributionTable(report, paint),
    report.migrations.length > 0 ? migrationTable(report, paint) : 'No migration.',
    report.expectations.length > 0 ? expectationTable(report, paint) : '',
    verdict(report, paint),
  ];
  return `${sections.filter((section) => section !== '').join('\n\n')}\n`;
}

type Paint = ReturnType<typeof pc.createColors>;

function requestTable({ requests }: ScenarioReport, paint: Paint): string {
  const rows = requests.phases.map((phase) => figuresRow(clean(phase.name), phase, paint));
  const all = figuresRow(paint.bold('all'), requests, paint);
  return table(paint, ['Phase', 'Requests', 'Failed', 'p50', 'p95', 'Longest'], [...rows, all]);
}

function figuresRow(name: string, figures: RequestFigures, paint: Paint): Cell[] {
  const failed = String(figures.failed);
  const cells = [String(figures.total), figures.failed > 0 ? paint.red(failed) : failed];
  return [name, ...[...cells, time(figures.p50Ms), time(figures.p95Ms), time(figures.maxMs)].map(right)];
}

function backEnds({ requests }: ScenarioReport): string {
  const entries = Object.entries(requests.workers);
  const answered = entries.reduce((sum, [, count]) => sum + count, 0);
  if (answered === 0) return '';
  const shares = entries.map(([name, count]) => `${clean(name)} ${count} (${Math.round((100 * count) / answered)} %)`);
  return `Answered by ${shares.join(', ')}`;
}

function migrationTable({ migrations }: ScenarioReport, paint: Paint): string {
  const rows = migrations.map((migration): Cell[] => [
    clean(migration.vm),
    `${clean(migration.from)} → ${clean(migration.to)}${migration.mode === 'post-copy' ? ' (post-copy)' : ''}`,
    right(waited(migration) + time(migration.elapsedMs)),
    right(time(migration.downtimeMs)),
    right(copied(migration)),
    clean(migration.cause),
  ]);
  return table(paint, ['Migration', 'Way', 'Took', 'Downtime', 'Copied', 'Cause'], rows, [
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    56,
  ]);
}

/** How long it was in the queue before. */
function waited({ waitedMs = 0 }: MigrationRecord): string {
  return waitedMs > 0 ? `waited ${time(waitedMs)}, ` : '';
}

function copied({ transferredBytes, iterations }: MigrationRecord): string {
  if (transferredBytes === undefined) return '–';
  const rounds = iterations === undefined ? '' : ` in ${iterations} ${iterations === 1 ? 'round' : 'rounds'}`;
  return `${Math.round(transferredBytes / 1048576)} MiB${rounds}`;
}

/** Which VMs were where, where any moved or peers decided. */
function distributionTable(
  { distribution: { before, after }, roles, migrations }: ScenarioReport,
  paint: Paint,
): string {
  if (migrations.length === 0 && !roles) return '';
  const names = (vms: readonly string[] = []) => vms.map(clean).join(' ') || '–';
  const rows = Object.keys(after).map((host): Cell[] => [
    clean(host),
    names(before[host]),
    names(after[host]),
    ...(roles ? [role(roles[host], paint)] : []),
  ]);
  return table(paint, ['Host', 'VMs before', 'VMs after', ...(roles ? ['Role'] : [])], rows, [undefined, 30, 30]);
}

function role(name: PeerRole | undefined, paint: Paint): string {
  if (name === undefined) return '–';
  return name === 'overloaded' ? paint.red(name) : name;
}

function expectationTable({ expectations }: ScenarioReport, paint: Paint): string {
  const rows = expectations.map((result): Cell[] => [
    result.passed ? paint.green('✓') : paint.red('✗'),
    clean(result.that),
    expected(result),
    right(result.passed ? value(result.actual) : paint.red(value(result.actual))),
  ]);
  return table(paint, ['', 'Expectation', 'Expected', 'Measured'], rows);
}

function expected({ comparison, expected: wanted, expectedMeasure }: ExpectationResult): string {
  const name = expectedMeasure === undefined ? '' : `${clean(expectedMeasure)}: `;
  return `${COMPARISONS[comparison].words} ${name}${value(wanted)}`;
}

function verdict(report: ScenarioReport, paint: Paint): string {
  const failed = report.expectations.filter((result) => !result.passed).length;
  const where = `${clean(report.scenario)} on ${report.infrastructure} hosts, ${(report.durationMs / 1000).toFixed(1)} s`;
  if (failed === 0) return `${paint.green(paint.bold('✓ passed'))}  ${where}`;
  return `${paint.red(paint.bold('✗ failed'))}  ${where}: ${failed} of ${report.expectations.length} expectations not met`;
}

function table(paint: Paint, head: string[], rows: readonly Cell[][], widths: (number | undefined)[] = []): string {
  const options = {
    head: head.map((title) => paint.bold(title)),
    // the library's own colours would not honour `colour`
    style: { head: [], border: [] },
    colWidths: widths.map((width) => width ?? null),
    wordWrap: true,
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  };
  const result = new Table(options);
  result.push(...rows);
  return result.toString();
}

function right(content: string): Cell {
  return { content, hAlign: 'right' };
}

/** Names come from files and from back ends: nothing in them may steer the terminal. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();
}

function time(ms: number | null): string {
  if (ms === null) return '–';
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`;
}

function value(of: number | string | null): string {
  if (of === null) return 'none';
  return typeof of === 'string' ? clean(of) || '–' : String(Math.round(of * 100) / 100);
}
