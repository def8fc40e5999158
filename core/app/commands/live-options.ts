import type { Command } from 'commander';
import { busOption, busTokenOption, pkiOption } from './bus-options.js';
import { addHostOptions } from './vm/host-options.js';

/** Where a live cluster is: hosts of libvirt, or a manager on a bus; of `LiveOptions`. */
export function addLiveOptions(command: Command): Command {
  return addHostOptions(command)
    .addOption(busOption())
    .option('--manager <name>', 'the manager on the bus, where there are several')
    .addOption(pkiOption())
    .addOption(busTokenOption());
}
