import { Option, type Command } from 'commander';
import type { VariableSetting } from '../../model/deployment.js';
import { AttituneError } from '../../model/errors.js';
import type { TriggerDefinition } from '../../../probes/properties/index.js';
import { administer } from '../administer.js';
import { pluginsFor } from '../composition.js';
import { loadDeployment } from '../load-files.js';
import { DEFAULT_BUS } from '../manager/join-as-client.js';
import type { ListenAddress } from '../manager/manager-bus.js';
import { ownPlace } from '../own-place.js';
import type { Terminal } from '../terminal.js';
import { busOption, busTokenOption, DEFAULT_LISTEN, listenAddress, pkiOption } from './bus-options.js';
import type { IntakeAddress } from '../../intake/intake-address.js';
import { port, setOption } from './options.js';
import { addIntakeOptions, keepJournalOption } from './system-options.js';

interface Options {
  readonly listen?: ListenAddress;
  readonly bus?: string;
  readonly pki?: string;
  readonly busToken?: string;
  readonly name?: string;
  readonly state?: string;
  readonly fresh?: boolean;
  readonly shadow?: boolean;
  readonly keepJournal?: number;
  readonly console?: boolean;
  readonly port: number;
  readonly set?: readonly VariableSetting[];
  readonly triggers?: string;
  readonly intake?: IntakeAddress;
  readonly intakeToken?: string;
}

const WHAT = `
The same as 'attitune run' on own hosts, and besides it is on a bus with the agents of the hosts ('attitune agent', under
each host's name of the deployment). With them
- software runs on other machines: hosts of hypervisor="none" with uri="agent://ADDRESS", and hosts with libvirt;
- what only a machine itself can tell is measured there;
- a host whose heartbeats are missing is told once, as the event host.failed.

The manager has a hub of its own (--listen; ${DEFAULT_LISTEN.host}:${DEFAULT_LISTEN.port} unless told), or joins another bus (--bus). Agents on
other machines need certificates: 'attitune pki init', 'attitune pki issue HOST' for the host of the hub and for each agent's,
'attitune pki issue --client NAME' for people, and for a manager that joins another bus. Without certificates the hub lets in
who has its token (--bus-token), as all commands of the same user do. Should the manager be killed, what runs goes on, with the agents; the next call takes
it up where it was.

Examples:
  attitune manager web.deployment.xml
  attitune manager web.deployment.xml --listen 0.0.0.0:7421 --pki /etc/pki
  attitune manager web.deployment.xml --bus tls+nats://bus:4222 --pki ~/pki/manager`;

export function managerCommand(program: Command, terminal: Terminal): void {
  addIntakeOptions(program.command('manager'))
    .description('as run on own hosts, with the agents of those hosts: software on other machines, failures of hosts')
    .argument('<deployment>', '*.deployment.xml')
    .addHelpText('after', WHAT)
    .addOption(new Option('--listen <host:port>', 'have a hub of its own there').argParser(listenAddress))
    .addOption(busOption())
    .addOption(pkiOption("with --listen a host's certificate, with --bus a client's, as 'attitune pki issue' made it"))
    .addOption(busTokenOption())
    .option('--triggers <file>', 'what to do by the properties of agents: an INI file with expr, cmd, ticks')
    .option('--name <name>', 'its name on the bus (default: the one in its certificate, or the name of the deployment)')
    .option('--state <folder>', 'where the system is kept')
    .option('--fresh', 'forget what is kept of the deployment: its file is moved aside, nothing is stopped')
    .option(
      '--shadow',
      'watch a running system and tell what would be done, beside the manager that runs it; nothing is changed',
    )
    .addOption(keepJournalOption())
    .addOption(setOption())
    .option('--console', 'serve the live page while it runs')
    .addOption(new Option('--port <number>', 'port of the live page, on loopback').argParser(port).default(8600))
    .action(
      async (
        file: string,
        { listen, bus, pki, busToken, name, triggers: triggersFile, shadow, ...options }: Options,
        command: Command,
      ) => {
        if (listen && bus !== undefined && command.getOptionValueSource('bus') === 'cli')
          throw new AttituneError('usage', '--listen is for a hub of its own, --bus for another one: leave one out.');
        const { loaded, errors } = loadDeployment(file, pluginsFor, options.set);
        if (!loaded) throw new AggregateError(errors);
        const place = ownPlace(loaded.deployment);
        if (place === 'simulated')
          throw new AttituneError(
            'usage',
            'A manager has real hosts: give all families hypervisor="libvirt", or all hypervisor="none"; or call attitune run --simulate.',
          );
        const triggers = triggersFile === undefined ? undefined : await readTriggers(triggersFile);
        if (shadow === true && triggersFile !== undefined)
          throw new AttituneError(
            'usage',
            'Triggers do something, and a shadow does nothing: leave --triggers or --shadow out.',
          );
        const own = listen ?? (bus === undefined && shadow !== true ? DEFAULT_LISTEN : undefined);
        const onBus = {
          ...(own ? { listen: own } : { bus: bus ?? DEFAULT_BUS }),
          ...(pki === undefined ? {} : { pki }),
          ...(busToken === undefined ? {} : { busToken }),
          ...(name === undefined ? {} : { name }),
        };
        const watching = shadow === true ? ({ watching: 'shadow' } as const) : {};
        await administer(terminal, loaded, {
          speed: 1,
          ...options,
          place,
          onBus,
          ...watching,
          ...(triggers && { triggers }),
        });
      },
    );
}

/** Expressions are loaded only where there are some. */
async function readTriggers(file: string): Promise<readonly TriggerDefinition[]> {
  const { triggersOf } = await import('../manager/manager-triggers.js');
  return triggersOf(file);
}
