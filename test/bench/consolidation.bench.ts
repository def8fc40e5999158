import { join } from 'node:path';
import Table from 'cli-table3';
import { readDays, type DayTraces } from '../../core/app/consolidation/read-traces.js';
import { judge, simulateDay, type DayResult, type SimulationOptions } from '../../core/consolidation/index.js';
import { CLOUDSIM, CLOUDSIM_SECONDS } from '../support/cloudsim-figures.js';
import { planetLabDays } from '../support/planetlab.js';
import { attitune, type ProcessRun } from '../support/whole-process.js';

const POLICIES = ['thr-mmt-0.8', 'lr-mmt-1.2', 'lr-mmt-w-1.2', 'attitune'];
/** In the order of their names only. */
const MORE = ['dvfs', 'iqr-mmt-1.5', 'mad-mmt-2.5', 'lr-mc-1.2', 'lr-mu-1.2', 'lr-rs-1.2'];
const BASELINE = 'lr-mmt-w-1.2';
const SHUFFLES = [1, 2, 3];
const RUNS = 3;
const TENTH = CLOUDSIM_SECONDS['lr-mmt-1.2'] / 10;

/**
 * Recorded days of PlanetLab, the literature's policies and ours, beside what CloudSim computes. Asked for, on each day, in
 * both modes and in every order of the files: energy, SLATAH, unserved demand and migrations not above the mended baseline's,
 * ESV at most a quarter of it; and a day, as a whole process, in under a tenth of CloudSim's time. `ATTITUNE_PLANETLAB` names
 * another folder of days.
 */
export async function consolidation(): Promise<boolean> {
  const found = await planetLabDays();
  if (!found) {
    console.log(
      'consolidation: skipped, for the traces of PlanetLab are not beside the project (ATTITUNE_PLANETLAB=FOLDER).',
    );
    return true;
  }
  try {
    const days = readDays(found.folder);
    const missed = [
      ...section(days, 'as-is, files in the order of their names', [...MORE, ...POLICIES], {}),
      ...section(days, 'full, files in the order of their names', POLICIES, { mode: 'full' }),
      ...SHUFFLES.flatMap((shuffle) =>
        (['as-is', 'full'] as const).flatMap((mode) =>
          section(days, `${mode}, shuffled by ${shuffle}`, [BASELINE, 'attitune'], { mode, shuffle }),
        ),
      ),
    ];
    section(days, 'as-is, memory promised once only', POLICIES, { memory: true }, false);
    section(days, 'full, memory promised once only', POLICIES, { mode: 'full', memory: true }, false);
    missed.push(...(await wholeDays(days, found.folder)));
    for (const line of missed) console.log(line);
    console.log(
      `consolidation: each day better than ${BASELINE} in every figure, in under ${TENTH.toFixed(1)} s: ${missed.length === 0 ? 'held' : 'missed'}`,
    );
    return missed.length === 0;
  } finally {
    await found.remove();
  }
}

/** @returns what is missed. */
function section(
  days: readonly DayTraces[],
  title: string,
  policies: readonly string[],
  options: SimulationOptions,
  judged = true,
): readonly string[] {
  const table = new Table({ head: HEAD, style: { head: [], border: [], compact: true }, colAligns: ALIGN });
  const missed: string[] = [];
  for (const { day, traces } of days) {
    const results = policies.map((policy) =>
      simulateDay(traces, policy, { ...options, day, now: () => performance.now() }),
    );
    const isPublished = options.mode !== 'full' && options.shuffle === undefined && options.memory !== true;
    for (const result of results) {
      table.push(row(result));
      const published = isPublished ? CLOUDSIM[day]?.policies[result.policy] : undefined;
      if (!published) continue;
      const { energyKWh, migrations, slatah, pdm, esv, unserved } = published;
      const figures = [energyKWh.toFixed(1), '', migrations, slatah.toFixed(2), pdm.toFixed(4), esv.toFixed(2)];
      table.push(['', '  CloudSim', '', ...figures, unserved.toFixed(4), '']);
    }
    const [ours, baseline] = ['attitune', BASELINE].map((name) => results.find(({ policy }) => policy === name));
    if (!judged || !ours || !baseline) continue;
    const { failed, parts } = judge(ours, baseline);
    missed.push(...failed.map((of) => `${title}: ${day}: ${of} is ${parts[of].toFixed(2)} of ${BASELINE}'s`));
  }
  console.log(`\n${title}:\n${table.toString()}`);
  return missed;
}

const HEAD = [
  'Day',
  'Policy',
  'VMs',
  'kWh',
  '× bound',
  'Migrations',
  'SLATAH %',
  'PDM %',
  'ESV ×10⁻³',
  'Unserved %',
  'ms',
];
const ALIGN = HEAD.map((_, column) => (column < 2 ? ('left' as const) : ('right' as const)));

function row(result: DayResult): (string | number)[] {
  return [
    result.day,
    result.policy,
    `${result.vms} (${result.vmsAtEnd})`,
    result.energyKWh.toFixed(1),
    (result.energyKWh / result.lowerBoundKWh).toFixed(3),
    result.migrations,
    (100 * result.slatah).toFixed(2),
    (100 * result.pdm).toFixed(4),
    (1000 * result.esv).toFixed(3),
    (100 * result.unserved).toFixed(4),
    result.elapsedMs.toFixed(0),
  ];
}

/**
 * Whole processes: start, reading of files, a day; the fastest of some, since whatever else runs makes one slower. CloudSim's
 * time was measured elsewhere, alone on its machine.
 */
async function wholeDays(days: readonly DayTraces[], folder: string): Promise<readonly string[]> {
  const missed: string[] = [];
  console.log(
    `\nA day as a whole process (CloudSim: LR-MMT ${CLOUDSIM_SECONDS['lr-mmt-1.2']} s, THR-MMT ${CLOUDSIM_SECONDS['thr-mmt-0.8']} s on 20110303):`,
  );
  for (const { day } of days) {
    for (const policy of ['lr-mmt-1.2', 'attitune']) {
      const runs: ProcessRun[] = [];
      for (let run = 0; run < RUNS; run += 1) {
        runs.push(await attitune('simulate', 'planetlab', join(folder, day), '--policy', policy, '--json'));
      }
      for (const run of runs) checkAnswer(run, day);
      const seconds = Math.min(...runs.map(({ wallMs }) => wallMs)) / 1000;
      const ratio = CLOUDSIM_SECONDS['lr-mmt-1.2'] / seconds;
      console.log(`  ${day}  ${policy.padEnd(12)}  ${seconds.toFixed(2)} s, ${ratio.toFixed(0)} × as fast as CloudSim`);
      if (policy === 'attitune' && seconds > TENTH) missed.push(`${day}: ${seconds.toFixed(2)} s`);
    }
  }
  return missed;
}

/** A process that is fast since it fails is none. */
function checkAnswer({ code, stdout, stderr }: ProcessRun, day: string): void {
  if (code !== 0) throw new Error(`attitune simulate ended with ${code}: ${stderr}`);
  const { days } = JSON.parse(stdout) as { readonly days: readonly Pick<DayResult, 'day' | 'energyKWh'>[] };
  if (days.length !== 1 || days[0]!.day !== day || !(days[0]!.energyKWh > 0)) {
    throw new Error(`attitune simulate printed ${stdout}`);
  }
}
