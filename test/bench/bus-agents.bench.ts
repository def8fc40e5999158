import Table from 'cli-table3';
import { runTrial, type Trial, type TrialResult, type Use } from './bus-agents/trial.js';

const AGENTS = 1750;
const SECONDS = 40;
/** What is asked for: see the figures in README.md. */
const REACTION_MS = 250;
const CORES = 1;
const MEMORY_MIB = 500;

const TRIALS: readonly { readonly title: string; readonly trial: Pick<Trial, 'carrier' | 'secure'> }[] = [
  { title: 'hub, ws', trial: { carrier: 'hub', secure: false } },
  { title: 'hub, wss', trial: { carrier: 'hub', secure: true } },
  { title: 'NATS', trial: { carrier: 'nats', secure: false } },
  { title: 'NATS, TLS', trial: { carrier: 'nats', secure: true } },
];

/**
 * Seed 004's testbed, 35 machines of 50 clients: each with a connection of its own, living (a heartbeat each 5 s) and
 * reading (each second), against one manager with a watchdog for each. Where one's third reading in a row is above the
 * limit, an operation goes to it: how long is that after the reading was published?
 *
 * `ATTITUNE_BENCH_AGENTS`, `ATTITUNE_BENCH_SECONDS`, and `ATTITUNE_BENCH_CARRIERS` (`hub`, `nats`) change it.
 */
export async function busAgents(): Promise<boolean> {
  const agents = Number(process.env['ATTITUNE_BENCH_AGENTS'] ?? AGENTS);
  const seconds = Number(process.env['ATTITUNE_BENCH_SECONDS'] ?? SECONDS);
  const carriers = process.env['ATTITUNE_BENCH_CARRIERS']?.split(',');
  const results: { readonly title: string; readonly result: TrialResult }[] = [];
  for (const { title, trial } of TRIALS) {
    if (carriers && !carriers.includes(trial.carrier)) continue;
    console.error(`${title}: ${agents} agents, ${seconds} s`);
    results.push({ title, result: await runTrial({ ...trial, agents, seconds }) });
  }
  const table = new Table({
    head: ['', ...results.map(({ title }) => title)],
    style: { head: [], border: [] },
    colAligns: ['left', ...results.map(() => 'right' as const)],
  });
  for (const { name, of } of ROWS) table.push([name, ...results.map(({ result }) => of(result))]);
  console.log(table.toString());
  const missed = results.flatMap(({ title, result }) => missedBy(result).map((what) => `${title}: ${what}`));
  for (const line of missed) console.log(line);
  console.log(
    `bus-agents: reactions under ${REACTION_MS} ms (99th percentile), no heartbeat lost, hub or server under ${CORES} core ` +
      `and ${MEMORY_MIB} MB are asked for: ${missed.length === 0 ? 'held' : 'missed'}`,
  );
  return missed.length === 0;
}

const ROWS: readonly { readonly name: string; readonly of: (result: TrialResult) => string }[] = [
  { name: 'members', of: ({ members }) => String(members) },
  { name: 'heartbeats sent', of: ({ heartbeatsSent }) => String(heartbeatsSent) },
  { name: 'heartbeats lost', of: ({ heartbeatsLost }) => String(heartbeatsLost) },
  { name: 'readings sent', of: ({ readingsSent }) => String(readingsSent) },
  { name: 'readings lost', of: ({ readingsLost }) => String(readingsLost) },
  { name: 'reactions', of: ({ reactionsMs }) => String(reactionsMs.length) },
  { name: 'without one', of: ({ unanswered }) => String(unanswered) },
  { name: 'reaction, median', of: ({ reactionsMs }) => ms(percentile(reactionsMs, 0.5)) },
  { name: 'reaction, 99th', of: ({ reactionsMs }) => ms(percentile(reactionsMs, 0.99)) },
  { name: 'reaction, slowest', of: ({ reactionsMs }) => ms(percentile(reactionsMs, 1)) },
  { name: 'messages dropped', of: ({ dropped }) => String(dropped) },
  { name: 'hub or server', of: (result) => use(result.server ?? result.manager) },
  { name: 'manager of its own', of: (result) => (result.server ? use(result.manager) : 'in the hub') },
];

function missedBy(result: TrialResult): readonly string[] {
  const { cores, peakMiB } = result.server ?? result.manager;
  const p99 = percentile(result.reactionsMs, 0.99);
  const mib = (MEMORY_MIB * 1e6) / 2 ** 20;
  return [
    ...(result.reactionsMs.length === 0 ? ['no reaction at all'] : []),
    ...(p99 < REACTION_MS ? [] : [`99th percentile ${ms(p99)}`]),
    ...(result.unanswered === 0 ? [] : [`${result.unanswered} without a reaction`]),
    ...(result.heartbeatsLost === 0 ? [] : [`${result.heartbeatsLost} heartbeats lost`]),
    ...(cores < CORES ? [] : [`${cores.toFixed(2)} cores`]),
    ...(peakMiB < mib ? [] : [`${peakMiB.toFixed(0)} MiB`]),
  ];
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`;
}

function use({ cores, peakMiB }: Use): string {
  return `${cores.toFixed(2)} cores, ${peakMiB.toFixed(0)} MiB`;
}
