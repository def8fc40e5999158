import type { DeploymentDiagram } from '../../model/deployment.js';
import { energyFigures } from '../report/energy.js';
import { hostLoad } from '../report/host-load.js';
import type { ScenarioResult } from '../scenario/run-scenario.js';
import { textTable } from '../text-table.js';

/** What a simulated deployment came to; `attitune simulate DEPLOYMENT --json` prints it as it is. */
export interface WhatIfFigures {
  readonly deployment: string;
  readonly hosts: number;
  readonly vms: number;
  readonly hours: number;
  readonly seed: number;
  readonly migrations: number;
  readonly vmsMigrated: number;
  /** Minutes that hosts were overloaded, all hosts together, and the longest such time of one. */
  readonly overloadedHostMinutes: number | null;
  readonly longestOverloadMinutes: number | null;
  readonly highestCpu: number | null;
  /** `null` where no host has a power curve. */
  readonly energyKWh: number | null;
  readonly allOnKWh: number | null;
  readonly hostsSwitchedOff: number;
  readonly hostsWoken: number;
  /** Plans that were made, and those that moved something. */
  readonly decisions: number;
  readonly decisionsMoving: number;
  readonly requests?: { readonly total: number; readonly failed: number };
  readonly elapsedMs: number;
}

/** The figures of a run; a host is overloaded above `above` of its CPU. */
export function figuresOf(
  { hours, seed, above }: { readonly hours: number; readonly seed: number; readonly above: number },
  deployment: DeploymentDiagram,
  { run, report }: ScenarioResult,
  elapsedMs: number,
): WhatIfFigures {
  const { cpu = {}, migrations, power, startedAt = 0, durationMs, decisions } = run;
  const load = hostLoad(cpu, above);
  const energy = power && energyFigures({ ...power, cpu, from: startedAt, to: startedAt + durationMs });
  const hosts = deployment.hostFamilies
    .filter(({ hypervisor }) => hypervisor !== 'none')
    .flatMap((family) => family.hosts);
  const vms = Object.values(report.distribution.before).reduce((sum, { length }) => sum + length, 0);
  return {
    deployment: deployment.name,
    hosts: hosts.length,
    vms,
    hours,
    seed,
    migrations: migrations.length,
    vmsMigrated: new Set(migrations.map(({ vm }) => vm)).size,
    overloadedHostMinutes: known(load.overloadedMs / 60_000),
    longestOverloadMinutes: known(load.longestOverloadMs / 60_000),
    highestCpu: known(load.highestCpu),
    energyKWh: known(energy?.kWh),
    allOnKWh: known(energy?.allOnKWh),
    hostsSwitchedOff: energy?.switchedOff ?? 0,
    hostsWoken: energy?.woken ?? 0,
    decisions: decisions?.count ?? 0,
    decisionsMoving: decisions?.moving ?? 0,
    ...(run.requests.length > 0 ? { requests: { total: report.requests.total, failed: report.requests.failed } } : {}),
    elapsedMs,
  };
}

function known(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) || !Number.isFinite(value) ? null : value;
}

/** The same for people. */
export function figuresTable(figures: WhatIfFigures): string {
  const { hosts, vms, hours, migrations, vmsMigrated, overloadedHostMinutes, longestOverloadMinutes } = figures;
  const { highestCpu, energyKWh, allOnKWh, hostsSwitchedOff, hostsWoken, decisions, decisionsMoving, requests } =
    figures;
  const rows: readonly (readonly [string, string])[] = [
    ['simulated', `${hosts} hosts, ${vms} VMs, ${hours} h, in ${(figures.elapsedMs / 1000).toFixed(1)} s`],
    ['migrations', `${migrations}, of ${vmsMigrated} VMs`],
    ['decisions', `${decisions}, of which ${decisionsMoving} moved something`],
    [
      'overloaded',
      `${rounded(overloadedHostMinutes)} host-minutes, the longest ${rounded(longestOverloadMinutes)} min`,
    ],
    ['highest CPU', highestCpu === null ? 'not measured' : `${Math.round(100 * highestCpu)} %`],
    [
      'energy',
      energyKWh === null ? 'no host has a power curve' : `${rounded(energyKWh)} kWh; all on: ${rounded(allOnKWh)} kWh`,
    ],
    ['switched', `${hostsSwitchedOff} off, ${hostsWoken} on`],
    ...(requests ? [['requests', `${requests.total}, ${requests.failed} failed`] as const] : []),
  ];
  return textTable(['', figures.deployment], rows);
}

function rounded(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(4)));
}
