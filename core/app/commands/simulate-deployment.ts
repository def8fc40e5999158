import { Option, type Command } from 'commander';
import type { VariableSetting } from '../../model/deployment.js';
import { pluginsFor } from '../composition.js';
import { interruptible } from '../interrupt.js';
import { loadDeployment, loadScenario } from '../load-files.js';
import { writeOutput } from '../plan/write-output.js';
import type { Terminal } from '../terminal.js';
import { figuresTable } from '../what-if/figures.js';
import { runWhatIf } from '../what-if/run-what-if.js';
import { count, milliseconds, natural, portion, positive, setOption, share } from './options.js';

interface Options {
  readonly hosts?: number;
  readonly vms?: number;
  readonly hours: number;
  readonly seed: number;
  readonly use: number;
  readonly above: number;
  readonly every?: number;
  readonly set?: readonly VariableSetting[];
  readonly json?: boolean;
  readonly plot?: string;
}

const HELP = `
FILE is a deployment, or a scenario, whose load and events are then used; else each machine is loaded by a curve of a day
of its own, drawn from the seed, besides what its own software does (--use 0: only that). Hosts and machines are repeated in the numbers that are asked for. Diagrams, policies and
probes are those of the deployment, and run as they would, in simulated time.

Examples:
  attitune simulate web.deployment.xml --hosts 20 --vms 200 --hours 24
  attitune simulate balance.scenario.xml --hosts 8 --vms 48 --hours 2 --json --plot hosts.svg`;

/** What a deployment would do in another size. */
export function addDeployment(simulate: Command, terminal: Terminal): void {
  simulate
    .argument('[file]', '*.deployment.xml or *.scenario.xml')
    .addHelpText('after', HELP)
    .addOption(new Option('--hosts <number>', 'hosts with a hypervisor (default: those there are)').argParser(count))
    .addOption(
      new Option('--vms <number>', 'virtual machines at the beginning (default: those there are)').argParser(count),
    )
    .addOption(new Option('--hours <number>', 'simulated time').argParser(positive).default(1))
    .addOption(new Option('--seed <number>', 'the same seed gives the same run').argParser(natural).default(1))
    .addOption(
      new Option('--use <ratio>', 'part of the hosts’ CPU that the curves of machines use on average; 0: no curves')
        .argParser(share)
        .default(0.4, '40 %'),
    )
    .addOption(
      new Option('--above <ratio>', 'a host is overloaded above that part of its CPU')
        .argParser(portion)
        .default(0.8, '80 %'),
    )
    .addOption(
      new Option('--every <duration>', 'read probes at most so often, to simulate faster').argParser(milliseconds),
    )
    .addOption(setOption())
    .option('--json', 'print the figures as JSON')
    .option('--plot <file>', 'write the CPU of the hosts with most migrations as a picture (SVG)')
    .action(async (file: string | undefined, options: Options) => {
      if (file === undefined) {
        simulate.help({ error: true });
        return;
      }
      await simulateFile(terminal, file, options);
    });
}

async function simulateFile(terminal: Terminal, file: string, options: Options): Promise<void> {
  const { hosts, vms, hours, seed, use, above, every, set, json, plot } = options;
  const read = file.endsWith('.scenario.xml')
    ? loadScenario(file, pluginsFor, set)
    : { scenario: undefined, ...loadDeployment(file, pluginsFor, set) };
  const { loaded, scenario, errors } = read;
  if (!loaded) throw new AggregateError(errors);
  const whatIf = {
    ...{ loaded, hours, seed, use, above },
    ...(scenario ? { scenario } : {}),
    ...(hosts === undefined ? {} : { hosts }),
    ...(vms === undefined ? {} : { vms }),
    ...(every === undefined ? {} : { everyMs: every }),
  };
  const result = await interruptible(
    (text) => terminal.say(text),
    (signal) => runWhatIf(whatIf, signal, (step, fraction) => terminal.progress(step, fraction)),
  );
  terminal.done();
  if (plot !== undefined) {
    // hundreds of modules that only this needs
    const { drawCurves } = await import('../report/curves.js');
    const { ofMostMoved } = await import('../what-if/most-moved.js');
    writeOutput(plot, drawCurves(ofMostMoved(result.curves)));
    terminal.say(`Picture: ${plot}`);
  }
  if (json === true) terminal.json(result.figures);
  else terminal.result(figuresTable(result.figures));
}
