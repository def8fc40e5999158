import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { SystemClock } from '../../model/clock.js';
import { AttituneError } from '../../model/errors.js';
import type { StoredSystem } from '../../model/store.js';
import { SqliteStore } from '../../store/index.js';
import { askManagers } from '../manager/ask-managers.js';
import { asMember, DEFAULT_BUS, type ClientOptions } from '../manager/join-as-client.js';
import { componentTable, statusText } from '../manager/status-texts.js';
import { stateFolder } from '../state-folder.js';
import type { Terminal } from '../terminal.js';
import { busOption, busTokenOption, pkiOption } from './bus-options.js';

interface Options extends ClientOptions {
  readonly state?: string;
  readonly json?: boolean;
}

const HELP = `
Without a name the managers on the bus are asked (${DEFAULT_BUS} unless told): their systems, the agents that they hear,
and the messages that they refused. With the name of a deployment its store is read, as the last manager left it; while a
manager has that open, ask the manager.

Examples:
  attitune status
  attitune status --bus wss://manager:7421 --pki ~/pki/me
  attitune status web --state /var/lib/attitune`;

/** How managers and their systems are. */
export function statusCommand(program: Command, terminal: Terminal): void {
  program
    .command('status')
    .description('how systems are: of the managers on a bus, or as it is kept of a system')
    .argument('[deployment]', 'name of a deployment, whose store is to be read')
    .addHelpText('after', HELP)
    .addOption(busOption())
    .addOption(pkiOption())
    .addOption(busTokenOption())
    .option('--name <name>', 'your name on the bus (default: the one in your certificate)')
    .option('--state <folder>', 'where stores are (default: ATTITUNE_STATE, or as of run)')
    .option('--json', 'print it as JSON')
    .action(async (deployment: string | undefined, options: Options) => {
      if (deployment === undefined) await ofManagers(terminal, options);
      else ofStore(terminal, deployment, options);
    });
}

async function ofManagers(terminal: Terminal, options: Options): Promise<void> {
  const managers = await asMember(options, 'client', new SystemClock(), askManagers);
  if (options.json === true) terminal.json({ managers });
  else if (managers.length > 0)
    terminal.result(managers.map(({ manager, status }) => statusText(manager, status)).join('\n\n'));
  if (managers.length === 0)
    throw new AttituneError('no-answer', 'No manager on this bus answers. See who is there: attitune agents.');
}

function ofStore(terminal: Terminal, deployment: string, options: Options): void {
  const file = join(stateFolder(options.state), `${deployment}.db`);
  if (!existsSync(file))
    throw new AttituneError('file-not-found', `Nothing is kept of ${deployment}: there is no ${file}.`);
  const store = new SqliteStore(file);
  try {
    const system = store.system();
    if (options.json === true) terminal.json({ deployment, system: system ?? null });
    else terminal.result(system ? storedText(system) : `${deployment} is down.`);
  } finally {
    store.close();
  }
}

function storedText({ deployment, at, phase, system }: StoredSystem): string {
  const heading = `${deployment}, as its last manager left it ${new Date(at).toISOString()}: ${phase}`;
  return `${heading}\n${componentTable(system.components)}`;
}
