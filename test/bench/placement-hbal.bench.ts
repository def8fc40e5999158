import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Table from 'cli-table3';
import { installed } from '../support/skip.js';
import { attitune, planOf, wholeProcess } from '../support/whole-process.js';

/** Clusters beside the project, made by others: see the README there. */
const DATA = new URL('../../../../shared/data/ganeti/', import.meta.url).pathname;
const CLUSTERS = ['c10', 'c20', 'c50'];
/** How much faster than `hbal` it must be on the largest. */
const LEAST_RATIO = 50;
const LARGEST = 'c50';

interface Solution {
  readonly score: number;
  readonly vms: number;
  readonly wallMs: number;
}

/**
 * `attitune plan` against `hbal` of Ganeti's tools, in turn, both as whole processes with what they do without options: the
 * cluster score of both final states by `hbal` itself, the VMs that were moved, and the time.
 */
export async function placementHbal(): Promise<boolean> {
  const data = dataFolder();
  if (!installed('hbal') || data === undefined) {
    const missing = data === undefined ? `the clusters in ${DATA}` : 'hbal (sudo apt-get install ganeti-htools)';
    console.log(`placement-hbal: skipped, for ${missing} is not on this machine.`);
    return true;
  }
  const folder = await mkdtemp(join(tmpdir(), 'attitune-hbal-'));
  const table = new Table({
    head: ['Cluster', 'Start', 'hbal', 'AttiTUNe', 'VMs: hbal', 'AttiTUNe', 'Time: hbal', 'AttiTUNe', 'Faster'],
    style: { head: [], border: [], compact: true },
  });
  let held = true;
  try {
    for (const name of CLUSTERS) {
      const files = [join(data, `${name}.data`), join(data, `${name}.util`)] as const;
      const ours = await byAttitune(...files, join(folder, `${name}.after`));
      const [start, theirs] = await byHbal(...files);
      const ratio = theirs.wallMs / ours.wallMs;
      held &&= ours.score <= theirs.score && ours.vms <= theirs.vms && (name !== LARGEST || ratio >= LEAST_RATIO);
      table.push([
        name,
        start.toFixed(4),
        theirs.score.toFixed(4),
        ours.score.toFixed(4),
        theirs.vms,
        ours.vms,
        seconds(theirs.wallMs),
        seconds(ours.wallMs),
        `${ratio.toFixed(1)} ×`,
      ]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  console.log('Scores by hbal (lower is better), of the state after the moves:');
  console.log(table.toString());
  console.log(
    `placement-hbal: score not above hbal's, no more VMs moved, ${LEAST_RATIO} × as fast on ${LARGEST}: ${held ? 'held' : 'missed'}`,
  );
  return held;
}

/** From the compiled bench, wherever its folder is, up to what stands beside the project. */
function dataFolder(): string | undefined {
  const candidates = [DATA, join(process.cwd(), '../shared/data/ganeti/')];
  return candidates.find((folder) => existsSync(join(folder, 'c10.data')));
}

async function byAttitune(data: string, loads: string, out: string): Promise<Solution> {
  const run = await attitune('plan', data, '-U', loads, '--goal', 'balance', '--json', '--out', out);
  const { moves } = planOf(run);
  // what hbal makes of our state: nothing is done with a limit of no moves
  const { stdout } = await wholeProcess('hbal', ['-t', out, '-U', loads, '-l', '0']);
  return { score: numberIn(stdout, /Initial score: ([\d.]+)/), vms: moved(moves), wallMs: run.wallMs };
}

async function byHbal(data: string, loads: string): Promise<readonly [start: number, Solution]> {
  const run = await wholeProcess('hbal', ['-t', data, '-U', loads, '--no-disk-moves']);
  const moves = [...run.stdout.matchAll(/^ +\d+\. (\S+) +\S+ +=> /gm)].map(([, vm = '']) => ({ vm }));
  const score = numberIn(run.stdout, /Cluster score improved from [\d.]+ to ([\d.]+)/);
  return [numberIn(run.stdout, /Initial score: ([\d.]+)/), { score, vms: moved(moves), wallMs: run.wallMs }];
}

/** hbal may move one more than once. */
function moved(moves: readonly { readonly vm: string }[]): number {
  return new Set(moves.map(({ vm }) => vm)).size;
}

function numberIn(text: string, pattern: RegExp): number {
  const value = Number(pattern.exec(text)?.[1] ?? NaN);
  if (Number.isNaN(value)) throw new Error(`hbal printed nothing like ${pattern}: ${text.slice(0, 500)}`);
  return value;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
