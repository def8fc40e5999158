import type { ClusterExcerpt, DecisionRecord, OthersSummary } from '../../loop/decisions/decision-record.js';
import type { ClusterHost, ClusterVm, Demand } from '../../placement/cluster.js';
import { textTable } from '../text-table.js';
import { durationText, share, timeOf } from './entry-lines.js';

/** What a decision was made on, as sentences and tables. Pure. */
export function seenLines({ event, cluster }: Pick<DecisionRecord, 'event' | 'cluster'>): readonly string[] {
  const raised = event
    ? [
        `${event.name} of ${event.component}${event.arg === undefined ? '' : ` (${event.arg})`} at ${timeOf(event.at)}: ${event.why}${event.since === undefined || event.since >= event.at ? '' : `; since ${timeOf(event.since)}`}.`,
      ]
    : [];
  return cluster ? [...raised, ...clusterLines(cluster)] : raised;
}

function clusterLines({ at, hosts, vms, readings, others }: ClusterExcerpt): readonly string[] {
  const hostTable = textTable(
    ['host', 'CPU', 'mean', 'median', '90 %', '95 %', 'most', 'readings', 'memory', 'takes VMs'],
    hosts.map((host) => hostRow(host, readings[host.name])),
  );
  const vmTable = textTable(
    ['VM', 'on', 'CPUs used', 'mean', 'median', '90 %', '95 %', 'most', 'memory', 'state'],
    vms.map(vmRow),
  );
  return [
    `Hosts, and VMs, that the decision is about, as they were at ${timeOf(at)}:`,
    ...(hosts.length > 0 ? [hostTable] : []),
    ...(vms.length > 0 ? [vmTable] : []),
    ...othersLine(others),
  ];
}

function hostRow({ name, cpuCapacity, cpuUsed, memoryMiB, accepting, closed }: ClusterHost, window?: Demand): string[] {
  const now = cpuUsed === undefined ? 'not known' : share(cpuUsed / cpuCapacity);
  const over = window ? `${window.samples} in ${durationText(window.windowMs)}` : '–';
  const [mean, p50, p90, p95, max] = [window?.mean, window?.p50, window?.p90, window?.p95, window?.max].map(share);
  const takes = accepting ? 'yes' : `no${closed === undefined ? '' : `: ${closed}`}`;
  return [name, now, mean ?? '', p50 ?? '', p90 ?? '', p95 ?? '', max ?? '', over, `${memoryMiB} MiB`, takes];
}

function vmRow({ name, host, cpuUsed, demand, memoryMiB, running, locked }: ClusterVm): string[] {
  const state = locked ?? (running ? 'runs' : 'does not run');
  const { mean, p50, p90, p95, max } = demand ?? {};
  return [name, host, ...[cpuUsed, mean, p50, p90, p95, max].map(cpus), `${memoryMiB} MiB`, state];
}

function cpus(value: number | undefined): string {
  return value === undefined || !Number.isFinite(value) ? '–' : value.toFixed(2);
}

function othersLine({ hosts, vms, unknown, closed, cpu }: OthersSummary): readonly string[] {
  if (hosts + vms === 0) return [];
  const counts = [`${hosts} other ${hosts === 1 ? 'host' : 'hosts'}`, `${vms} other ${vms === 1 ? 'VM' : 'VMs'}`].join(
    ' and ',
  );
  const details = [
    ...(cpu ? [`CPU of these hosts from ${share(cpu.min)} to ${share(cpu.max)}, median ${share(cpu.p50)}`] : []),
    ...(unknown > 0 ? [`${unknown} without a fresh reading`] : []),
    ...(closed > 0 ? [`${closed} that take no VMs`] : []),
  ];
  return [`Beside them: ${counts}${details.length > 0 ? `; ${details.join('; ')}` : ''}.`];
}
