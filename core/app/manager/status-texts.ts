import pc from 'picocolors';
import type { AgentStatus, ComponentStatus, ManagerStatus } from '../../model/manager-status.js';
import { textTable } from '../text-table.js';

/** What managers and agents say, as tables for people. Pure. */

const AGENT_HEAD = [
  ...['agent', 'state', 'last heartbeat', 'load', 'CPU', 'memory free', 'VMs'],
  ...['accepting', 'probes', 'clock', 'refused'],
];

const PAINT: Readonly<Record<AgentStatus['state'], (text: string) => string>> = {
  waiting: pc.yellow,
  alive: pc.green,
  silent: pc.red,
  left: pc.dim,
};

export function agentTable(agents: readonly AgentStatus[]): string {
  return textTable(AGENT_HEAD, agents.map(agentRow));
}

function agentRow(agent: AgentStatus): readonly string[] {
  const { name, state, ageMs, everyMs, load, cpu, memoryFreeMiB, memoryTotalMiB, vms, accepting, probes } = agent;
  const every = everyMs === undefined ? '' : ` (every ${seconds(everyMs)})`;
  return [
    name,
    PAINT[state](state),
    ageMs === undefined ? '-' : `${seconds(ageMs)} ago${every}`,
    load === undefined ? '-' : load.map((one) => one.toFixed(2)).join(' '),
    cpu === undefined ? '-' : `${Math.round(cpu * 100)} %`,
    memoryFreeMiB === undefined ? '-' : `${Math.round(memoryFreeMiB)} of ${Math.round(memoryTotalMiB ?? 0)} MiB`,
    vms === undefined ? '-' : String(vms),
    accepting === undefined ? '-' : accepting ? 'yes' : 'no',
    probes === undefined ? '-' : `${probes}${agent.troubles > 0 ? pc.red(` (${agent.troubles} troubles)`) : ''}`,
    agent.clock === undefined ? (ageMs === undefined ? '-' : 'ok') : pc.red(`off: ${agent.clock}`),
    countsText(agent.refused),
  ];
}

/** `forged 2, skewed 1`, or `-`. */
export function countsText(counts: Readonly<Record<string, number>>): string {
  const some = Object.entries(counts).filter(([, count]) => count > 0);
  return some.length === 0 ? '-' : some.map(([reason, count]) => `${reason} ${count}`).join(', ');
}

export function statusText(manager: string, status: ManagerStatus): string {
  const { system, phase, version, startedAt, at, parts, components, agents, refused, control } = status;
  const more = components > parts.length ? [`… and ${components - parts.length} more components`] : [];
  return [
    `${pc.bold(system)} is ${phase}: manager ${manager}, AttiTUNe ${version}, since ${seconds(at - startedAt)}`,
    ...controlLines(control),
    componentTable(parts),
    ...more,
    ...(agents.length === 0 ? ['No agent was heard.'] : [agentTable(agents)]),
    `Messages refused: ${countsText(refused)}`,
  ].join('\n');
}

/** What people must know before they rely on it to act by itself. */
export function controlLines(control: ManagerStatus['control']): readonly string[] {
  if (!control) return [];
  const { held, pending, watching } = control;
  const why = held?.reason === undefined ? '' : `: ${held.reason}`;
  return [
    ...(held
      ? [pc.red(`Held by ${held.by} since ${new Date(held.at).toISOString()}${why}. End it with "attitune resume".`)]
      : []),
    ...(pending > 0 ? [pc.yellow(`${pending} waiting for an administrator: see "attitune pending".`)] : []),
    ...(watching
      ? [
          `It ${watching === 'shadow' ? 'is a shadow: it watches and tells' : 'is a dry run: it tells'}, and does nothing.`,
        ]
      : []),
  ];
}

export function componentTable(parts: readonly ComponentStatus[]): string {
  return textTable(
    ['component', 'class', 'state', 'on', 'why'],
    parts.map(({ name, class: className, state, node = '', failure = '' }) => [
      name,
      className,
      state === 'failed' ? pc.red(state) : state,
      node,
      state === 'failed' ? failure : '',
    ]),
  );
}

function seconds(ms: number): string {
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}
