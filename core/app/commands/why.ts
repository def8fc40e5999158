import type { Command } from 'commander';
import { explain } from '../../loop/decisions/explain.js';
import type { ManagerPlace } from '../manager/ask-one.js';
import type { Terminal } from '../terminal.js';
import { askJournal } from '../why/kept-journal.js';
import { whyText } from '../why/why-text.js';
import { addManagerOptions } from './manager-options.js';

interface Options extends ManagerPlace {
  readonly json?: boolean;
}

const HELP = `
Of a decision it tells what was seen, what was decided, which alternatives were rejected by which rule, what was predicted,
what was done, what came of it, and the chain of causes. Of any other entry of the journal it tells the chain, and what
followed. Numbers are those of 'attitune events'. The manager of this machine, or on the bus, is asked; where none runs, the
store that the last one left is read.

Examples:
  attitune why last
  attitune why 42 --state /var/lib/attitune --deployment web
  attitune why Machine_1 --bus wss://manager:7421 --pki ~/pki/me --json`;

/** Explains a decision, or any entry of the journal. */
export function whyCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('why')
    .description('why something was decided, or not done')
    .argument('<about>', 'the number of an entry, "last" for the last decision, or the name of a VM or host')
    .addHelpText('after', HELP);
  addManagerOptions(command)
    .option('--json', 'print {entry, causes, followed} as JSON')
    .action(async (about: string, options: Options) => {
      const told = await askJournal('manager.why', { about }, options, (journal) => explain(journal, about));
      if (options.json === true) terminal.json(told);
      else terminal.result(whyText(told));
    });
}
