import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { largeDeployment } from '../support/large-deployment.js';

const RUNS = 5;
const COMPONENTS = 1000;
const MOST_MS = 2000;
/** Longer than any run that is worth waiting for. */
const GIVEN_UP_AFTER_MS = 120_000;

const CLI = new URL('../../core/app/attitune.js', import.meta.url).pathname;
const USAGE = new URL('../support/report-usage.js', import.meta.url).href;
const PARSE = [
  '--input-type=module',
  '-e',
  'import { readFileSync } from "node:fs"; import { XMLParser } from "fast-xml-parser"; new XMLParser({ ignoreAttributes: false }).parse(readFileSync(process.argv[1], "utf8"));',
];

interface Usage {
  /** Processor time of the whole process, so that what else runs on the machine does not count. */
  readonly cpuMs: number;
  readonly wallMs: number;
}

/**
 * Whole processes: `attitune run` of a large deployment on simulated hosts, from its call until it was validated, wired,
 * placed and taken down again; `attitune validate` of it; and, to compare with, Node that only parses the file.
 */
export async function startUp(): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'attitune-start-up-'));
  try {
    const held = await measure(folder, COMPONENTS, RUNS);
    await measure(folder, 10 * COMPONENTS, 1);
    console.log(
      `start-up: validated and instantiated in ${held.toFixed(0)} ms of processor time, at most ${MOST_MS} ms are asked for: ${held <= MOST_MS ? 'held' : 'missed'}`,
    );
    return held <= MOST_MS;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Prints the medians for one size; resolves with that of `attitune run`. */
async function measure(folder: string, size: number, runs: number): Promise<number> {
  const { text, components, bindings } = largeDeployment(size);
  const file = join(folder, `${size}.deployment.xml`);
  await writeFile(file, text);
  const calls: Readonly<Record<string, () => Promise<Usage>>> = {
    'node, parsing the file': () => processUsage([...PARSE, file]),
    'attitune validate': () => processUsage([CLI, 'validate', file]),
    'attitune run --simulate': () =>
      processUsage([CLI, 'run', file, '--simulate', '--speed', '1000'], 'Running. Ctrl-C takes it down.'),
  };
  const usages: Record<string, Usage[]> = {};
  // in turn, so that a slow moment of the machine meets all of them
  for (let run = 0; run < runs; run += 1)
    for (const [name, call] of Object.entries(calls)) (usages[name] ??= []).push(await call());
  const medians = Object.entries(usages).map(([name, all]) => ({
    name,
    cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
    wallMs: median(all.map(({ wallMs }) => wallMs)),
  }));
  const [baseline] = medians;
  const table = new Table({
    head: [`${components} components, ${bindings} bindings`, 'processor ms', 'ratio', 'elapsed ms'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, cpuMs, wallMs } of medians)
    table.push([name, cpuMs.toFixed(0), (cpuMs / (baseline?.cpuMs ?? NaN)).toFixed(1), wallMs.toFixed(0)]);
  console.log(table.toString());
  return medians.at(-1)?.cpuMs ?? NaN;
}

/** Runs Node to its end; one that goes on by itself is interrupted once it has said `until`. */
function processUsage(args: readonly string[], until?: string): Promise<Usage> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', USAGE, ...args], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), GIVEN_UP_AFTER_MS);
    let said = '';
    let told = '';
    child.stderr?.on('data', (data: Buffer) => {
      const before = said;
      said += data.toString();
      if (until !== undefined && said.includes(until) && !before.includes(until)) child.kill('SIGINT');
    });
    child.stdio[3]?.on('data', (data: Buffer) => (told += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (code === 0) resolve(JSON.parse(told) as Usage);
      else reject(new Error(`${args.join(' ')} ended with ${code}: ${said.slice(-2000)}`));
    });
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}
