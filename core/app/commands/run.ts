import { Option, type Command } from 'commander';
import { AttituneError } from '../../model/errors.js';
import { administer } from '../administer.js';
import { loadDeployment } from '../load-files.js';
import { pluginsFor } from '../composition.js';
import { ownPlace, type OwnPlace } from '../own-place.js';
import type { SystemOptions } from '../with-system.js';
import type { Terminal } from '../terminal.js';
import { addSystemOptions, keepJournalOption } from './system-options.js';

interface Options extends SystemOptions {
  readonly simulate?: boolean;
  readonly dryRun?: boolean;
}

const WHERE = `
Without --simulate and --lab a deployment runs on its own hosts: where its families are all of hypervisor="libvirt" on
those by their URIs, where they are all of hypervisor="none" on this machine itself; with agents on other machines:
'attitune manager'. What it does is kept in
NAME.db in the folder of --state (default: ATTITUNE_STATE, or /var/lib/attitune for root, else the XDG state folder).
Should the manager be killed, what it started goes on; the next call takes it up where it was.`;

export function runCommand(program: Command, terminal: Terminal): void {
  const command = program
    .command('run')
    .description('deploy, then watch and let the diagrams react, until Ctrl-C takes it down again')
    .argument('<deployment>', '*.deployment.xml')
    .addHelpText('after', WHERE)
    .addOption(new Option('--state <folder>', 'where a system on its own hosts is kept').conflicts(['simulate', 'lab']))
    .addOption(
      new Option(
        '--fresh',
        'forget what is kept of the deployment: its file is moved aside, nothing is stopped',
      ).conflicts(['simulate', 'lab']),
    );
  command.addOption(
    new Option('--dry-run', 'change nothing: tell what would be done to bring it up, and end').conflicts([
      'lab',
      'fresh',
    ]),
  );
  command.addOption(keepJournalOption());
  addSystemOptions(command).action(async (file: string, { dryRun, ...options }: Options) => {
    const { loaded, errors } = loadDeployment(file, pluginsFor, options.set);
    if (!loaded) throw new AggregateError(errors);
    const place = options.lab === true || options.simulate === true ? 'simulated' : ownPlace(loaded.deployment);
    requireOwnHosts(place, options);
    const watching = dryRun === true ? ({ watching: 'dry-run' } as const) : {};
    await administer(terminal, loaded, { speed: 1, ...options, place, ...watching });
  });
}

/** What is kept is kept of systems on their own hosts only. Throws `usage`. */
function requireOwnHosts(place: OwnPlace, { state, fresh }: Options): void {
  if (place !== 'simulated' || (state === undefined && fresh !== true)) return;
  throw new AttituneError(
    'usage',
    '--state and --fresh are for a deployment on its own hosts, all of hypervisor="libvirt" or all of hypervisor="none". Leave them out.',
  );
}
