import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { execa } from 'execa';
import { asset } from '../../../core/assets/package-root.js';

const PEER = '@scion-scxml/scxml@4.3.27';
const RUNS = 3;
const AT_LEAST = 0.5;

/** Events a second of our engine from `.scxml`, beside raw XState and SCION in turn, a process each. */
export async function statechartEvents(): Promise<boolean> {
  const peers = await installPeer();
  const engines = [
    { name: 'AttiTUNe, .scxml', script: 'attitune.js', args: [] },
    { name: 'XState, actor.send', script: 'xstate.js', args: [] },
    { name: 'SCION, .scxml', script: 'scion.js', args: [peers] },
  ];
  const rates = new Map<string, number[]>();
  for (let run = 1; run <= RUNS; run += 1) {
    for (const { name, script, args } of engines) {
      const file = fileURLToPath(new URL(script, import.meta.url));
      const { stdout } = await execa(process.execPath, [file, ...args], { timeout: 300_000 });
      const { eventsPerSecond } = JSON.parse(stdout.split('\n').at(-1) ?? '') as { eventsPerSecond: number };
      rates.set(name, [...(rates.get(name) ?? []), eventsPerSecond]);
      console.error(`run ${run} of ${RUNS}: ${name}: ${eventsPerSecond.toLocaleString('en')} events/s`);
    }
  }
  // the machine's speed changes from run to run, so what is compared are the engines of one run
  const base = rates.get('XState, actor.send') ?? [];
  const ratioOf = (name: string) => median((rates.get(name) ?? []).map((rate, run) => rate / (base[run] ?? Infinity)));
  const table = new Table({ head: ['engine', 'events/s', '× XState'], style: { head: [], border: [] } });
  for (const { name } of engines) {
    table.push([name, median(rates.get(name) ?? []).toLocaleString('en'), ratioOf(name).toFixed(2)]);
  }
  console.log(table.toString());
  const ratio = ratioOf('AttiTUNe, .scxml');
  const held = ratio >= AT_LEAST;
  console.log(
    `statechart-events: ${ratio.toFixed(2)} × raw XState, at least ${AT_LEAST} is asked for: ${held ? 'held' : 'missed'}`,
  );
  return held;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

/**
 * The peer is installed on first use into a folder of its own: what it depends on is too old to stand among the
 * project's own packages.
 */
async function installPeer(): Promise<string> {
  const folder = asset('.build/peers');
  const manifest = path.join(folder, 'package.json');
  await mkdir(folder, { recursive: true });
  await writeFile(manifest, '{"private":true}\n');
  const found = await execa('npm', ['ls', '--prefix', folder, PEER], { reject: false });
  if (found.exitCode !== 0) {
    console.error(`installing ${PEER} …`);
    await execa(
      'npm',
      ['install', '--prefix', folder, '--no-save', '--ignore-scripts', '--engine-strict=false', PEER],
      {
        timeout: 300_000,
      },
    );
  }
  return manifest;
}
