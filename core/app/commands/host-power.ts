import { Argument, type Command } from 'commander';
import { interruptible } from '../interrupt.js';
import type { Terminal } from '../terminal.js';
import type { HostOptions } from '../vm/host-selection.js';
import { SWITCHES, switchHost, type Switch } from '../vm/switch-host.js';
import { addHostOptions, duration, example } from './vm/host-options.js';

interface PowerFlags extends HostOptions {
  readonly within: number;
  readonly json?: boolean;
}

/** `attitune host power HOST on|off|status`. */
export function addPower(host: Command, terminal: Terminal): void {
  const command = host
    .command('power')
    .description(
      'switch a host on or off, or tell whether it is on; one that runs virtual machines is not switched off',
    )
    .argument('<host>')
    .addArgument(new Argument('<what>', 'what to do').choices(SWITCHES))
    .option('--within <duration>', 'how long to wait until it is so', duration, 600_000)
    .option('--json', 'print {host,state} as JSON');
  addHostOptions(command).addHelpText(
    'after',
    '\nA manager that administers the host takes a host that goes off by this for a failure: use its policies there.',
  );
  example(command, 'attitune host power host2 status --hosts servers.hosts.xml');
  command.action((name: string, what: Switch, { within, json, ...options }: PowerFlags) =>
    interruptible(
      (text) => terminal.say(text),
      async (signal) => {
        const state = await switchHost(name, what, options, { withinMs: within, signal });
        if (json === true) terminal.json({ host: name, state });
        else terminal.result(`${name} ${state}`);
      },
    ),
  );
}
