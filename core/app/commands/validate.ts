import type { Command } from 'commander';
import { checkHostsFile } from '../../../diagrams/deployment/inventory.js';
import { readDeployment } from '../../../diagrams/deployment/read-deployment.js';
import { checkChart } from '../../../diagrams/statechart/checking/index.js';
import { ScxmlEngine } from '../../../diagrams/statechart/index.js';
import { readDefinitions } from '../../../probes/properties/definitions.js';
import { readWrapper } from '../../../wrappers/language/read-wrapper.js';
import type { VariableSetting } from '../../model/deployment.js';
import { AttituneError, formatError } from '../../model/errors.js';
import { pluginsFor } from '../composition.js';
import { DiagramEngines } from '../diagram-engines.js';
import { loadDeployment, loadScenario } from '../load-files.js';
import { checkPeerCalls } from '../validation/check-peer-calls.js';
import { exitCodeOf, plainError, type Terminal } from '../terminal.js';
import { byPlace } from '../../xml/index.js';
import type { ExploreFiles } from './explore.js';
import { count, setOption } from './options.js';

/** How each kind of file is checked, by the end of its name. */
const CHECKS: Readonly<Record<string, (file: string, set: readonly VariableSetting[]) => readonly AttituneError[]>> = {
  '.deployment.xml': (file, set) => loadDeployment(file, pluginsFor, set).errors,
  '.scenario.xml': (file, set) => loadScenario(file, pluginsFor, set).errors,
  '.hosts.xml': (file) => checkHostsFile(file),
  '.wrapper.xml': (file) => readWrapper(file).errors,
  '.scxml': (file) => checkDiagram(file),
  '.ini': (file) => readDefinitions(file).errors,
  '.diagram.ts': (file) => new DiagramEngines().read(file).errors,
};

export function validateCommand(program: Command, terminal: Terminal): void {
  program
    .command('validate')
    .description(
      'check files before anything runs: deployments (with all that they name), scenarios, wrappers, diagrams, properties and triggers',
    )
    .argument(
      '<file...>',
      Object.keys(CHECKS)
        .map((end) => `*${end}`)
        .join(', '),
    )
    .option('--json', 'print {valid, errors:[{file,line,column,code,message}]} to standard output')
    .option(
      '--explore',
      'also drive every procedure of a deployment through each outcome of each operation; with --json, adds {explored:[{diagram,startedBy,paths,complete,problems}]}',
    )
    .option('--paths <n>', 'with --explore: follow at most so many paths for each procedure', count, 2000)
    .addOption(setOption())
    .action(async (files: string[], options: ValidateOptions) => {
      const { json, set, explore, paths } = options;
      const errors = files.flatMap((file) => checkFile(file, set));
      const explored = explore === true && errors.length === 0 ? await exploreAll(files, set, paths, terminal) : [];
      // what goes wrong in the same way for several components is told once
      const problems = new Map(explored.flatMap((one) => one.problems.map((error) => [formatError(error), error])));
      const all = [...errors, ...problems.values()];
      if (json === true) {
        terminal.json({
          valid: all.length === 0,
          errors: all.map(plainError),
          ...(explore === true ? { explored: explored.map(({ plain }) => plain) } : {}),
        });
      } else {
        const valid = all.length === 0 ? files.map((file) => `${file}: valid`) : [];
        const lines = [...valid, ...explored.map(({ line }) => line)];
        if (lines.length > 0) terminal.result(lines.join('\n'));
      }
      if (all.length > 0) {
        if (json !== true) terminal.errors(all);
        process.exitCode = Math.max(2, exitCodeOf(all));
      }
    });
}

/** Exploring needs the whole control loop, which takes longer to load than most checks take. */
async function exploreAll(...call: Parameters<ExploreFiles>): ReturnType<ExploreFiles> {
  const { exploreFiles } = await import('./explore.js');
  return exploreFiles(...call);
}

interface ValidateOptions {
  readonly json?: boolean;
  readonly set?: readonly VariableSetting[];
  readonly explore?: boolean;
  readonly paths: number;
}

/** A diagram by itself: in what part it will be used is not known here. */
function checkDiagram(file: string): readonly AttituneError[] {
  const { diagram, errors } = new ScxmlEngine().read(file);
  if (!diagram) return errors;
  return [...errors, ...checkChart(diagram.chart, { kind: 'any' }), ...checkPeerCalls(diagram)].sort(byPlace);
}

/** All that is wrong with a file, by the kind that its name tells. */
export function checkFile(file: string, set: readonly VariableSetting[] = []): readonly AttituneError[] {
  const kind = Object.keys(CHECKS).find((end) => file.endsWith(end));
  const run = kind === undefined ? undefined : CHECKS[kind];
  if (run) return run(file, set);
  const message = `a file of this name is none of ${Object.keys(CHECKS)
    .map((end) => `*${end}`)
    .join(', ')}; what it is must show in its name.`;
  // a file that is not there at all is the more likely mistake
  const missing = readDeployment(file).errors.find(({ code }) => code === 'file-not-found');
  return [missing ?? new AttituneError('value', message, { place: { file, line: 1, column: 1 } })];
}
