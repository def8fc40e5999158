import type { Command } from 'commander';
import { addManagerOptions } from './manager-options.js';
import { addHostOptions } from './vm/host-options.js';

/** Where a live cluster is: hosts of libvirt, or a manager; of `LiveOptions`. */
export function addLiveOptions(command: Command): Command {
  return addManagerOptions(addHostOptions(command));
}
