import { Option, type Command } from 'commander';
import { readCredentials } from '../../bus/credentials.js';
import { WebSocketHub } from '../../bus/websocket/index.js';
import { SystemClock } from '../../model/clock.js';
import { busToken } from '../bus-token.js';
import { hubLines } from '../hub-lines.js';
import { interruptible } from '../interrupt.js';
import type { ListenAddress } from '../manager/manager-bus.js';
import type { Terminal } from '../terminal.js';
import { busTokenOption, DEFAULT_LISTEN, listenAddress, pkiOption } from './bus-options.js';

interface Options {
  readonly listen: ListenAddress;
  readonly pki?: string;
  readonly busToken?: string;
  readonly json?: boolean;
}

const WHAT = `
Members are agents, a manager and whoever calls the commands with --bus. The hub passes their messages on and reads none.
A manager has a hub of its own already; one that stands alone outlives it.

Without certificates it listens on this machine only, and lets in who has its token, a file in the state folder that only its
user can read: the commands of that user find it. To another user the administrator gives a copy, for --bus-token.

With certificates a member's name is the one in its own. A host's certificate may be an agent only, a client's anything:

  attitune pki init
  attitune pki issue bus.example.org             then copy the folder's content to /etc/pki of that host
  attitune hub --listen 0.0.0.0:7421 --pki /etc/pki
  attitune pki issue host1                       for each agent, as /etc/pki of its host or VM, and there:
  attitune agent --bus wss://bus.example.org:7421 --pki /etc/pki
  attitune pki issue --client me                 for each manager and each person, who names the folder with --pki`;

export function hubCommand(program: Command, terminal: Terminal): void {
  program
    .command('hub')
    .description('what carries the messages between agents, managers and commands, until Ctrl-C')
    .addHelpText('after', WHAT)
    .addOption(
      new Option('--listen <host:port>', 'where')
        .argParser(listenAddress)
        .default(DEFAULT_LISTEN, `${DEFAULT_LISTEN.host}:${DEFAULT_LISTEN.port}`),
    )
    .addOption(pkiOption("the folder of the host's certificate, as 'attitune pki issue HOST' made it, or /etc/pki"))
    .addOption(busTokenOption())
    .option('--json', 'print what was carried and refused as JSON at the end')
    .action(({ listen, pki, busToken: tokenFile, json }: Options) =>
      interruptible(
        (text) => terminal.say(text),
        async (signal) => {
          const clock = new SystemClock();
          const lines = hubLines(clock, (line) => terminal.say(line));
          const token = pki === undefined ? await busToken(tokenFile) : undefined;
          const hub = new WebSocketHub({ clock, onEvent: (event) => lines.tell(event), token });
          try {
            const credentials =
              pki === undefined ? undefined : await readCredentials(pki, 'server', new Date(clock.now()));
            const { url } = await hub.listen(listen.host, listen.port, credentials);
            terminal.say(`The bus is at ${url}${credentials ? `, as ${credentials.name}` : ''}. Ctrl-C ends it.`);
            await untilAborted(signal);
            const counts = hub.counts;
            if (json === true) terminal.json(counts);
            else terminal.result(lines.summary(counts));
          } finally {
            lines.close();
            await hub.close();
          }
        },
      ),
    );
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
