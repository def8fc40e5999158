import type { Command } from 'commander';
import { emitToSocket } from '../intake/emit-to-socket.js';
import type { ClientOptions } from '../manager/join-as-client.js';
import type { Terminal } from '../terminal.js';
import { userName } from '../who.js';
import { busOption, busTokenOption, pkiOption } from './bus-options.js';

interface Options extends ClientOptions {
  readonly state?: string;
  readonly deployment?: string;
  readonly json?: boolean;
}

const HELP = `
The manager of 'attitune run' or 'attitune manager' takes events that its deployment declares (<event name="…"/>), those
that a diagram or policy hears, and operator.ANYTHING. On this machine it is found by its socket in the state folder,
which only its own user can use; elsewhere by its bus.

Examples:
  attitune emit operator.drain host1
  attitune emit backlog Queue_1 120 --deployment mail
  attitune emit operator.drain host1 --bus wss://manager:7421 --pki ~/pki/me`;

/** Tells a manager that something has happened. */
export function emitCommand(program: Command, terminal: Terminal): void {
  program
    .command('emit')
    .description('tell a running manager of an event')
    .argument('<event>', 'its name, such as operator.drain')
    .argument('<component>', 'what it is about, such as host1 or Worker_1')
    .argument('[arg]', 'its argument')
    .addHelpText('after', HELP)
    .option('--state <folder>', 'the state folder of the manager (default: ATTITUNE_STATE, or as of run)')
    .option('--deployment <name>', 'which one, where several managers run')
    .addOption(busOption())
    .addOption(pkiOption())
    .addOption(busTokenOption())
    .option('--name <name>', 'your name on the bus (default: the one in your certificate)')
    .option('--json', 'print the number of the event as JSON')
    .action(async (event: string, component: string, arg: string | undefined, options: Options) => {
      const notice = {
        event,
        component,
        source: `${userName()}, by attitune emit`,
        ...(arg === undefined ? {} : { arg }),
      };
      const { id } = await sent(notice, options);
      if (options.json === true) terminal.json({ id });
      else terminal.result(`event ${id}: ${event} of ${component}${arg === undefined ? '' : ` (${arg})`}`);
    });
}

async function sent(notice: Parameters<typeof emitToSocket>[0], options: Options): Promise<{ readonly id: number }> {
  if (options.bus === undefined) return emitToSocket(notice, options);
  // the bus takes longer to load than all the rest
  const { emitToBus } = await import('../intake/emit-to-bus.js');
  return emitToBus(notice, options);
}
