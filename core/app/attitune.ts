#!/usr/bin/env node
import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { asset } from '../assets/package-root.js';
import { AttituneError } from '../model/errors.js';
import { commandsFor } from './commands/index.js';
import { exitCodeOf, Terminal } from './terminal.js';

/** The command line: results to standard output, talk to standard error; exit 0 done, 1 it failed, 2 the call or a file was wrong. */
async function main(argv: readonly string[]): Promise<void> {
  const terminal = new Terminal();
  const { version } = JSON.parse(readFileSync(asset('package.json'), 'utf8')) as { version: string };
  const program = new Command('attitune')
    .description('Administers legacy software and whole virtual machines by itself.')
    .version(version)
    .showSuggestionAfterError();
  for (const add of await commandsFor(argv)) add(program, terminal);
  neverExits(program);
  try {
    await program.parseAsync([...(ofHelpItself(argv) ? [...argv.slice(0, 2), '--help'] : argv)]);
  } catch (error) {
    terminal.done();
    if (error instanceof CommanderError) {
      // commander has said what is wrong; help that was asked for is no error
      process.exitCode = error.exitCode === 0 ? 0 : 2;
      return;
    }
    const errors =
      error instanceof AggregateError
        ? error.errors.map((one) => AttituneError.from(one))
        : [AttituneError.from(error)];
    terminal.errors(errors);
    if (process.env['ATTITUNE_DEBUG'] !== undefined) console.error(error);
    process.exitCode = exitCodeOf(errors);
  }
}

/** `help --help`, which commander takes for the name of a command where options belong to the command before them. */
function ofHelpItself([, , command, option = '']: readonly string[]): boolean {
  return command === 'help' && ['-h', '--help'].includes(option);
}

/** Commands of commands, too, throw instead of ending the process. */
function neverExits(command: Command): void {
  command.exitOverride();
  for (const inner of command.commands) neverExits(inner);
}

await main(process.argv);
