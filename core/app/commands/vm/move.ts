import { Option, type Command } from 'commander';
import { AttituneError } from '../../../model/errors.js';
import { readMigrationSettings, type MigrationSettings } from '../../../model/migration-settings.js';
import { moveVms, planMoves, type MoveOutcome } from '../../vm/move-vms.js';
import { scaleOrMigrate } from '../../vm/scale-or-migrate.js';
import { withFleet } from '../../vm/with-fleet.js';
import { plainError, type Terminal } from '../../terminal.js';
import { addHostOptions, example, type CommonOptions } from './host-options.js';

export interface MigrationFlags {
  readonly bandwidth?: string;
  readonly timeout?: string;
  readonly maxDowntime?: string;
  readonly postCopy?: string;
  readonly autoConverge: boolean;
}

interface MigrateOptions extends CommonOptions, MigrationFlags {
  readonly to?: string;
  readonly place?: boolean;
}

/** How migrations are done. */
export function addMigrationOptions(command: Command): Command {
  return command
    .option('--bandwidth <rate>', 'copy no faster than that, such as "100 MiB/s"')
    .option('--timeout <duration>', 'abort one that takes longer; default: by its memory and bandwidth')
    .option('--max-downtime <duration>', "how long the guest may stand still; default: the hypervisor's")
    .option('--post-copy <when>', '"after 60 s": then a guest that dirties memory too fast is moved first')
    .option('--no-auto-converge', 'do not slow down a guest that dirties memory faster than it is copied');
}

/** Throws `value`. */
export function migrationSettings({ autoConverge, ...texts }: MigrationFlags): MigrationSettings {
  const { bandwidth, timeout, maxDowntime, postCopy } = texts;
  const given = { bandwidth, timeout, maxDowntime, postCopy };
  return readMigrationSettings({ ...given, ...(autoConverge ? {} : { autoConverge: 'false' }) });
}

export function addMigrate(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('migrate')
    .description('migrate virtual machines to another host: live where they run, else their definition')
    .argument('<names...>')
    .addOption(new Option('--to <host>', 'the host that they go to').conflicts('place'))
    .option('--place', 'each to the host with most free memory');
  addMigrationOptions(command).option('--json', 'print a list of what came of each as JSON');
  example(addHostOptions(command), 'attitune vm migrate web --to host2 --lab');
  command.action((names: readonly string[], options: MigrateOptions) =>
    withFleet(terminal, options, async (fleet, task) => {
      if (options.to === undefined && options.place !== true)
        throw new AttituneError('usage', 'Say where to with --to HOST, or --place to have a host chosen.');
      const settings = migrationSettings(options);
      const moves = await planMoves(fleet, names, options.to, task);
      tellOutcomes(terminal, await moveVms(fleet, moves, settings, task), options.json === true);
    }),
  );
}

/** Tells what came of migrations. Throws what they failed with. */
export function tellOutcomes(terminal: Terminal, outcomes: readonly MoveOutcome[], json: boolean): void {
  terminal.done();
  const errors = outcomes.flatMap(({ error }) => (error ? [error] : []));
  if (json)
    terminal.json(
      outcomes.map(({ name, result, error }) => ({ name, ...result, ...(error && { error: plainError(error) }) })),
    );
  else for (const outcome of outcomes) if (outcome.result) terminal.result(told(outcome));
  if (errors.length > 0) throw new AggregateError(errors);
}

const HOW = { live: 'live', 'post-copy': 'by post-copy', offline: 'its definition alone' } as const;

function told({ name, result }: MoveOutcome): string {
  if (!result) return '';
  const { from, to, mode, elapsedMs, downtimeMs, iterations, transferredBytes, waitedMs } = result;
  const figures = [
    `${(elapsedMs / 1000).toFixed(1)} s`,
    ...(mode === 'offline' ? [] : [`downtime ${Math.round(downtimeMs)} ms`]),
    ...(iterations === undefined ? [] : [`${iterations} ${iterations === 1 ? 'iteration' : 'iterations'}`]),
    ...(mode === 'offline' ? [] : [`${(transferredBytes / 2 ** 20).toFixed(1)} MiB`]),
    ...(waitedMs > 0 ? [`waited ${(waitedMs / 1000).toFixed(1)} s`] : []),
  ];
  return `${name} is on ${to} (from ${from}, ${HOW[mode]}): ${figures.join(', ')}`;
}

export function addScale(vm: Command, terminal: Terminal): void {
  const command = vm
    .command('scale')
    .description('change memory and virtual CPUs within their maximum, at once where it runs')
    .argument('<name>')
    .option('--vcpus <number>', 'such as 2, or +1')
    .option('--memory <size>', 'such as "512 MiB", or "+128 MiB"')
    .option('--migrate', 'where its host has no room: migrate it to one that has, then scale it')
    .option('--json', 'print {name,host,former,size,maximum,changed} as JSON');
  example(addHostOptions(command), "attitune vm scale web --memory '512 MiB' --lab");
  command.action((name: string, options: CommonOptions & { vcpus?: string; memory?: string; migrate?: boolean }) =>
    withFleet(terminal, options, async (fleet, task) => {
      const { vcpus, memory } = options;
      if (vcpus === undefined && memory === undefined)
        throw new AttituneError('usage', 'Say what it shall have: --vcpus, --memory, or both.');
      const scaled = await scaleOrMigrate(fleet, name, { vcpus, memory }, options.migrate === true, task);
      if (options.json === true) {
        terminal.json({ name, ...scaled });
        return;
      }
      const { size, former, host, changed } = scaled;
      const had = changed ? ` (had ${former.vcpus} and ${former.memoryMiB} MiB)` : ' already';
      const cpus = size.vcpus === 1 ? 'vCPU' : 'vCPUs';
      terminal.result(`${name} on ${host} has ${size.vcpus} ${cpus} and ${size.memoryMiB} MiB${had}`);
    }),
  );
}
