import type { Command } from 'commander';
import { busOption, busTokenOption, pkiOption } from './bus-options.js';

/** The options of every command that asks or commands one manager: on this machine by its socket, elsewhere by its bus. */
export function addManagerOptions(command: Command): Command {
  return command
    .option('--state <folder>', 'the state folder of the manager (default: ATTITUNE_STATE, or as of run)')
    .option('--deployment <name>', 'which one, where there are several')
    .addOption(busOption())
    .addOption(pkiOption())
    .addOption(busTokenOption())
    .option('--name <name>', 'your name on the bus (default: the one in your certificate)');
}
