import type { Command } from 'commander';
import { liveCluster, type LiveOptions } from '../plan/live-snapshot.js';
import { writeOutput } from '../plan/write-output.js';
import type { Terminal } from '../terminal.js';
import { addLiveOptions } from './live-options.js';

interface Options extends LiveOptions {
  readonly output?: string;
}

const HELP = `
The hosts of --hosts, --connect or --lab are measured for two seconds; else the manager of this machine or of --bus is asked, whose snapshot
has demand over a window, constraints, and what moved before, too.

Examples:
  attitune snapshot -o cluster.json
  attitune snapshot --hosts servers.hosts.xml -o cluster.json
  attitune plan cluster.json --goal balance`;

/** The live cluster as a JSON document, for `attitune plan`. */
export function snapshotCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('snapshot')
    .description('the cluster as it is now, as a JSON document that "attitune plan" reads')
    .addHelpText('after', HELP)
    .option('-o, --output <file>', 'write it there (default: standard output)');
  addLiveOptions(command).action(async (options: Options) => {
    const { cluster, source, write } = await liveCluster(terminal, options);
    terminal.done();
    if (options.output === undefined) {
      terminal.result(write(cluster));
      return;
    }
    writeOutput(options.output, write(cluster));
    terminal.say(`${options.output}: ${cluster.hosts.length} hosts and ${cluster.vms.length} VMs, as ${source} told.`);
  });
}
