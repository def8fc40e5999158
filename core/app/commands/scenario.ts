import { constants } from 'node:fs';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { Option, type Command } from 'commander';
import { AttituneError } from '../../model/errors.js';
import { loadScenario } from '../load-files.js';
import { pluginsFor } from '../composition.js';
import { withSystem, type SystemOptions } from '../with-system.js';
import { reportTable } from '../report/table.js';
import { keepJournal } from '../scenario/keep-journal.js';
import { runScenario, type ScenarioResult } from '../scenario/run-scenario.js';
import type { Terminal } from '../terminal.js';
import { addSystemOptions } from './system-options.js';

interface Options extends SystemOptions {
  readonly json?: boolean;
  readonly report: string;
}

export function scenarioCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('scenario')
    .description('run a scenario: deploy, drive the load, and check what must then hold')
    .argument('<file>', '*.scenario.xml');
  addSystemOptions(command)
    .addOption(
      new Option('--report <folder>', 'where the curves (SVG), the report (JSON) and the journal are written').default(
        'attitune-report',
      ),
    )
    .option('--json', 'print the report as one JSON document to standard output')
    .action(async (file: string, options: Options) => {
      const { scenario, loaded, errors } = loadScenario(file, pluginsFor, options.set);
      if (!scenario || !loaded) throw new AggregateError(errors);
      await makeFolder(options.report);
      const seed = options.seed ?? scenario.seed;
      const result = await withSystem(terminal, loaded, { ...options, seed }, async (system) => {
        const run = { ...system, scenario, diagrams: loaded.diagrams };
        try {
          return await runScenario({ ...run, onProgress: (step, fraction) => terminal.progress(step, fraction) });
        } finally {
          await keepJournal(system.manager.journal, join(options.report, `${loaded.deployment.name}.db`));
        }
      });
      terminal.done();
      const files = await writeReport(result, options.report);
      if (options.json === true) terminal.json(result.report);
      else terminal.result(reportTable(result.report));
      terminal.say(`Curves: ${files.curves}   Report: ${files.report}`);
      terminal.say(
        `Why it did what it did: attitune why last --state ${options.report} --deployment ${loaded.deployment.name}`,
      );
      if (!result.report.passed) {
        const failed = result.report.expectations.filter(({ passed }) => !passed).length;
        terminal.say(`error expectation: ${failed} of ${result.report.expectations.length} expectations did not hold.`);
        process.exitCode = 1;
      }
    });
}

/** Before anything runs, so that a report that cannot be written does not come to light at the end. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new AttituneError(
      'usage',
      `The report cannot be written to "${folder}": ${reason}. Name another folder with --report.`,
      {
        cause: error,
      },
    );
  }
}

async function writeReport(
  { report, curves }: ScenarioResult,
  folder: string,
): Promise<{ curves: string; report: string }> {
  const base = join(folder, `${report.scenario}-${report.infrastructure}`);
  // hundreds of modules that only this command needs, and only at its end
  const { drawCurves } = await import('../report/curves.js');
  await writeFile(`${base}.svg`, drawCurves(curves));
  await writeFile(`${base}.json`, `${JSON.stringify(report, undefined, 2)}\n`);
  return { curves: relative('.', `${base}.svg`), report: relative('.', `${base}.json`) };
}
