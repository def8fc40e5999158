import { extname } from 'node:path';
import { Option, type Command } from 'commander';
import {
  parsePolicy,
  POLICY_NAMES,
  simulateDay,
  type DayResult,
  type SimulationMode,
} from '../../consolidation/index.js';
import { AttituneError } from '../../model/errors.js';
import { dayJson, dayTable } from '../consolidation/day-figures.js';
import { readDays, type DayTraces } from '../consolidation/read-traces.js';
import { writeOutput } from '../plan/write-output.js';
import type { Terminal } from '../terminal.js';
import { natural } from './options.js';

interface Options {
  readonly policy: readonly string[];
  readonly mode: SimulationMode;
  readonly memory?: boolean;
  readonly shuffle?: number;
  readonly seed: number;
  readonly json?: boolean;
  readonly plot?: string;
}

const HELP = `
DIR is a day, a folder with a file of 288 numbers for each VM (CPU in per cent, every five minutes), or a folder of days.
Hosts, sizes of VMs, energy and service levels are those of Beloglazov and Buyya (2012), so that figures can be compared.

Policies: ${POLICY_NAMES}.
Modes: as-is is the model of the literature's figures, in which a VM that asks for nothing is gone for good; full keeps it,
and weighs what a host costs to wake.

Examples:
  attitune simulate planetlab planetlab/20110303 --policy lr-mmt-1.2 --policy attitune
  attitune simulate planetlab planetlab --policy attitune --mode full --json
  attitune simulate planetlab planetlab/20110303 --policy attitune --plot day.svg`;

/** Dynamic consolidation on recorded traces. */
export function addPlanetlab(simulate: Command, terminal: Terminal): void {
  simulate
    .command('planetlab')
    .description('dynamic consolidation of recorded CPU traces, measured as the literature measures it')
    .argument('<dir>', 'a day, or a folder of days')
    .addHelpText('after', HELP)
    .addOption(
      new Option('--policy <name>', 'what decides; may be given several times')
        .argParser((text: string, former: readonly string[] | undefined) => [...(former ?? []), text])
        .makeOptionMandatory(),
    )
    .addOption(new Option('--mode <mode>', 'what the model gives away').choices(['as-is', 'full']).default('as-is'))
    .option('--memory', 'promise the memory of a host once only, all day')
    .addOption(new Option('--shuffle <seed>', 'give the traces to other VMs than their order does').argParser(natural))
    .addOption(new Option('--seed <number>', 'for policies that choose at random').argParser(natural).default(1))
    .option('--json', 'print {days:[…]} as JSON')
    .option(
      '--plot <file>',
      'write each day as a picture (SVG); of several days the name of the day is put before the dot',
    )
    .action(async (folder: string, options: Options) => {
      for (const name of options.policy) parsePolicy(name);
      const results = await simulateAll(terminal, readDays(folder), options);
      terminal.done();
      if (options.plot !== undefined) await plot(terminal, options.plot, results);
      if (options.json === true) terminal.json({ days: results.map(dayJson) });
      else terminal.result(dayTable(results));
    });
}

async function simulateAll(
  terminal: Terminal,
  days: readonly DayTraces[],
  { policy, mode, memory, shuffle, seed, plot: file }: Options,
): Promise<readonly DayResult[]> {
  const results: DayResult[] = [];
  const count = days.length * policy.length;
  for (const { day, traces } of days)
    for (const name of policy) {
      if (count > 1) terminal.progress(`${day}, ${name}: ${results.length + 1} of ${count}`);
      // lets what is to be drawn be drawn, and Ctrl-C be heard
      await new Promise((done) => setImmediate(done));
      results.push(
        simulateDay(traces, name, {
          day,
          mode,
          seed,
          ...(memory === true ? { memory } : {}),
          ...(shuffle === undefined ? {} : { shuffle }),
          now: () => performance.now(),
          series: file !== undefined,
        }),
      );
    }
  return results;
}

async function plot(terminal: Terminal, file: string, results: readonly DayResult[]): Promise<void> {
  const extension = extname(file);
  if (extension !== '.svg')
    throw new AttituneError('usage', `--plot ${file}: pictures are SVG; give a name that ends with .svg.`);
  // hundreds of modules that only this needs
  const { drawDay } = await import('../consolidation/day-plot.js');
  const days = [...new Set(results.map(({ day }) => day))];
  for (const day of days) {
    const name = days.length === 1 ? file : `${file.slice(0, -extension.length)}-${day}${extension}`;
    writeOutput(name, drawDay(results.filter((result) => result.day === day)));
    terminal.say(`Picture: ${name}`);
  }
}
