import { InvalidArgumentError, Option, type Command } from 'commander';
import { parseDurationMs } from '../../model/quantity.js';
import { listenAddress } from './bus-options.js';
import { port, positive, setOption } from './options.js';

/** The options of every command that brings a system up. */
export function addSystemOptions(command: Command): Command {
  return addIntakeOptions(command)
    .addOption(
      new Option(
        '--simulate',
        'on simulated hosts: no rights and nothing installed needed (the default of scenarios)',
      ).conflicts('lab'),
    )
    .addOption(setOption())
    .addOption(new Option('--lab', 'on real libvirt hosts, made on this machine (root; Debian or Ubuntu)'))
    .option('--yes', 'install the Debian packages that the lab lacks without asking')
    .option('--console', 'serve the live page while it runs')
    .addOption(new Option('--port <number>', 'port of the live page, on loopback').argParser(port).default(8600))
    .addOption(
      new Option('--speed <factor>', 'simulated seconds per second; as fast as it goes unless told').argParser(
        positive,
      ),
    )
    .addOption(
      new Option('--seed <number>', "seed of the simulation's randomness; the scenario's own unless told").argParser(
        Number,
      ),
    );
}

/** `--keep-journal`, of every command whose journal outlives it. */
export function keepJournalOption(): Option {
  return new Option(
    '--keep-journal <time>',
    'how long entries of the journal are kept, such as "30 d"; those that something refers to that goes on are kept longer; all: for ever',
  )
    .argParser(keptFor)
    .default(DEFAULT_KEPT_MS, '30 d');
}

const DEFAULT_KEPT_MS = 30 * 86_400_000;
/** Shorter than that nobody could look what happened. */
const SHORTEST_KEPT_MS = 60_000;

function keptFor(text: string): number | undefined {
  if (text === 'all') return undefined;
  try {
    const ms = parseDurationMs(text);
    if (ms >= SHORTEST_KEPT_MS) return ms;
  } catch {
    // told below
  }
  throw new InvalidArgumentError('It is a duration of at least 1 min, such as "30 d", or all.');
}

/** The options of every command that may take values and events from outside over HTTP. */
export function addIntakeOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--intake <host:port>',
        'take values and events over HTTP there, and tell all readings to a Prometheus',
      ).argParser(listenAddress),
    )
    .option('--intake-token <file>', 'whose first line requests must bring; needed on anything else than loopback');
}
